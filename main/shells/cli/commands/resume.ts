import type { Command } from 'commander'

import type { GenerationSummary } from '#app/domain/generation.ts'

import { countCandidates } from '../counts.ts'
import { exitCodes, type CliContext } from '../context.ts'
import { parseFolder, type LibraryFlags } from '../flags.ts'
import { createProgressBar, type ProgressBar } from '../progress-bar.ts'
import { printable } from '../printable.ts'

const examples = `
Finished candidates and finished rows are not drawn again; the tokens are those that an uninterrupted run would have given.

Example:
  easel resume
`

/** `easel resume`: goes on with what a crash, a power cut or a closed terminal left unfinished. */
export function addResumeCommand(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  program
    .command('resume')
    .description('Goes on with generations that were not finished, from where their journals end.')
    .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)", parseFolder)
    .addHelpText('after', examples)
    .action(async (flags: LibraryFlags) => done(await resume(context, flags)))
}

async function resume(context: CliContext, flags: LibraryFlags): Promise<number> {
  const interruption = context.interruption()
  const studio = await context.openStudio({
    libraryFolder: flags.library,
    isResuming: true,
    isPreviewWanted: false,
  })
  await studio.api.resumeQueue()
  const queue = await studio.api.listQueue()
  const jobs = new Map(queue.map(({ generation }) => [generation.id, generation]))
  let failures = 0
  let bar: ProgressBar | undefined
  studio.subscribe((event) => {
    if (event.type === 'generationStarted') {
      const job = jobs.get(event.generationId)
      bar = job === undefined ? undefined : createProgressBar(context, job)
    }
    bar?.show(event)
    if (event.type !== 'generationEnded') return
    bar?.end()
    if (event.generation.state === 'failed') failures += 1
    context.writeErr(describeEnd(event.generation))
  })
  try {
    if (queue.length === 0) context.writeErr('Nothing is unfinished.\n')
    // The jobs stay unfinished, for the next resume: Ctrl-C here is a pause.
    await Promise.race([studio.whenIdle(), aborted(interruption)])
    if (interruption.aborted) return exitCodes.interrupted
    return failures > 0 ? exitCodes.failed : exitCodes.done
  } finally {
    await studio.close()
  }
}

function describeEnd({ prompt, state, error, finishedCandidates }: GenerationSummary): string {
  const what = error === null ? `${state}, ${countCandidates(finishedCandidates)}` : printable(error.message)
  return `"${printable(prompt)}": ${what}\n`
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}
