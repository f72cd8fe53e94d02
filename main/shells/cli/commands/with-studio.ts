import type { Studio } from '#main/studio/studio.ts'

import { exitCodes, type CliContext } from '../context.ts'
import type { LibraryFlags } from '../flags.ts'

export interface CareFlags extends LibraryFlags {
  readonly json?: true
}
/** What a command of care does, and what it prints: an object for `--json`, text else. */
export interface Outcome {
  readonly json: object
  readonly text: string
  readonly isGood?: boolean
}

/** Unfinished jobs are left to `easel resume`. @returns the exit code */
export async function withStudio(
  context: CliContext,
  access: 'read' | 'write',
  flags: CareFlags,
  work: (studio: Studio) => Outcome | Promise<Outcome>,
): Promise<number> {
  const studio = await context.openStudio({
    libraryFolder: flags.library,
    ...{ access, isResuming: false },
  })
  try {
    return print(context, flags, await work(studio))
  } finally {
    await studio.close()
  }
}

export function print(context: CliContext, flags: CareFlags, { json, text, isGood = true }: Outcome): number {
  context.writeOut(flags.json === true ? `${JSON.stringify(json)}\n` : text)
  return isGood ? exitCodes.done : exitCodes.failed
}
