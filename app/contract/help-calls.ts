/** Calls of `StudioApi` for somebody who asks for help. */
export interface HelpCalls {
  /**
   * A report in Markdown of this machine, the engine, packs, library and the newest lines of the log, to be read before it is sent by hand. Without
   * prompts and pictures, and with the home folder as `~`. Nothing is sent by Easel.
   */
  makeBugReport(): Promise<{ readonly text: string }>
}

export const helpCallNames = ['makeBugReport'] as const satisfies readonly (keyof HelpCalls)[]
