import type { ShellCode } from '../start-fake-shell.ts'

/** Something that the shell wires up between Electron and the studio. */
export interface WiringPoint {
  readonly name: string
  /** @param folder an empty one, for what the shell keeps @throws when it is not so */
  readonly check: (code: ShellCode, folder: string) => Promise<void>
}
