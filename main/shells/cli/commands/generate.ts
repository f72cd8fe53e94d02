import type { Command } from 'commander'

import { StudioError } from '#app/contract/errors.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationRequest, GenerationSummary } from '#app/domain/generation.ts'
import type { PictureSummary } from '#app/domain/picture.ts'
import type { Studio } from '#main/studio/studio.ts'

import { exitCodes, type CliContext } from '../context.ts'
import {
  parseCandidates,
  parseFolder,
  parseGuidance,
  parsePackId,
  parsePrompt,
  parseSeed,
  parseTemperature,
  parseTopK,
  parseTopP,
  type LibraryFlags,
} from '../flags.ts'
import { copyPictures, prepareFolder } from '../copy-pictures.ts'
import { describeRun, toRunJson } from '../run-report.ts'
import { createProgressBar } from '../progress-bar.ts'

interface GenerateFlags extends LibraryFlags {
  readonly candidates?: number
  readonly top?: number
  readonly seed?: number
  readonly guidance?: number
  readonly temperature?: number
  readonly topK?: number
  readonly topP?: number
  readonly pack?: string
  readonly out?: string
  readonly json?: true
}

const examples = `
What is left out comes from the pack; a missing seed is drawn at random. Every candidate is kept in the library.

Examples:
  easel generate "a red apple"
  easel generate "a red apple on a white background" --candidates 16 --top 4 --seed 7
  easel generate "a green clock" --guidance 3 --temperature 0.8 --out pictures
  easel generate "a red apple" --seed 7 --json | jq -r '.candidates[0].file'
`

/** `easel generate`. @param done is told the exit code */
export function addGenerateCommand(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  program
    .command('generate')
    .summary('draw candidates for a prompt, best first')
    .description('Draws candidates for a prompt, ranks them by CLIP score and keeps them all in the library.')
    .argument('<prompt>', 'what to draw, in quotes', parsePrompt)
    .option('-n, --candidates <count>', 'how many to draw, 1 to 512', parseCandidates)
    .option('--top <count>', 'show (and copy) only the best ones', parseCandidates)
    .option('--seed <number>', 'a whole number; the same seed gives the same tokens', parseSeed)
    .option('--guidance <scale>', 'pull towards the prompt, 0 to 50; 1 = none', parseGuidance)
    .option('--temperature <number>', '0 to 5; 0 = always the likeliest code', parseTemperature)
    .option('--top-k <count>', 'keep only the likeliest codes; 0 = all', parseTopK)
    .option('--top-p <share>', 'keep codes up to this total probability, above 0 to 1; 1 = all', parseTopP)
    .option('--pack <id>', 'the model to draw with (see: easel packs list)', parsePackId)
    .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)", parseFolder)
    .option('--out <folder>', 'copy the pictures there as well; nothing is overwritten', parseFolder)
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (prompt: string, flags: GenerateFlags) => done(await generate(context, prompt, flags)))
}

async function generate(context: CliContext, prompt: string, flags: GenerateFlags): Promise<number> {
  const interruption = context.interruption()
  const studio = await context.openStudio({
    libraryFolder: flags.library,
    isResuming: false,
    isPreviewWanted: false,
  })
  try {
    mentionUnfinished(studio, context)
    if (flags.out !== undefined) await prepareFolder(flags.out)
    const { generation, pictures } = await runToTheEnd(studio, context, toRequest(prompt, flags), interruption)
    if (generation.state === 'failed') throw failureOf(generation)
    if (generation.state === 'cancelled') {
      context.writeErr(
        `Interrupted. ${pictures.length} of ${generation.candidates} candidates were finished and are in the library.\n`,
      )
      return exitCodes.interrupted
    }
    await report(studio, context, generation, pictures.slice(0, flags.top), flags)
    return exitCodes.done
  } finally {
    await studio.close()
  }
}

function toRequest(prompt: string, flags: GenerateFlags): GenerationRequest {
  const { pack: packId, seed, candidates, temperature, topK, topP, guidance: guidanceScale } = flags
  return { prompt, packId, seed, candidates, settings: { temperature, topK, topP, guidanceScale } }
}

async function runToTheEnd(
  studio: Studio,
  context: CliContext,
  request: GenerationRequest,
  interruption: AbortSignal,
): Promise<{ readonly generation: GenerationSummary; readonly pictures: readonly PictureSummary[] }> {
  const generation = await studio.api.generate(request).catch((error: unknown) => {
    throw request.packId !== undefined ? asWrongUsage(error) : error
  })
  const generationId = generation.id
  const bar = createProgressBar(context, generation)
  const isMine = (event: StudioEvent) =>
    ('generationId' in event && event.generationId === generationId) ||
    ('generation' in event && event.generation.id === generationId)
  let ended = generation
  const stopShowing = studio.subscribe((event) => {
    if (!isMine(event)) return
    bar.show(event)
    if (event.type === 'generationEnded') ended = event.generation
  })
  const cancel = () => void studio.api.cancelGeneration({ generationId }).catch(() => undefined)
  interruption.addEventListener('abort', cancel)
  if (interruption.aborted) cancel()
  try {
    await studio.whenIdle()
  } finally {
    interruption.removeEventListener('abort', cancel)
    stopShowing()
    bar.end()
  }
  // A full disk also keeps the library from knowing that this one failed.
  if (ended.state === 'failed') throw failureOf(ended)
  return studio.api.getGeneration({ generationId })
}

/** A pack that was named and is not there is a mistyped flag. */
function asWrongUsage(error: unknown): unknown {
  const isMissing = error instanceof StudioError && error.code === 'packMissing'
  return isMissing ? new StudioError('invalidRequest', error.message, { cause: error }) : error
}

async function report(
  studio: Studio,
  context: CliContext,
  generation: GenerationSummary,
  shown: readonly PictureSummary[],
  flags: GenerateFlags,
): Promise<void> {
  const details = await Promise.all(shown.map(({ id }) => studio.api.getPicture({ pictureId: id })))
  const files = details.map(({ id }) => studio.pictureFile(id))
  const shownFiles = flags.out === undefined ? files : await copyPictures(details, files, flags.out)
  context.writeOut(
    flags.json === true
      ? `${JSON.stringify(toRunJson(generation, details, shownFiles))}\n`
      : describeRun(generation, details, shownFiles),
  )
}

function mentionUnfinished(studio: Studio, context: CliContext): void {
  const unfinished = studio.library.listUnfinished().length
  if (unfinished === 0) return
  const what = unfinished === 1 ? 'One earlier generation is' : `${unfinished} earlier generations are`
  context.writeErr(`${what} unfinished. Go on with: easel resume\n`)
}

function failureOf({ error }: GenerationSummary): StudioError {
  const code = error?.code as StudioError['code'] | undefined
  return new StudioError(code ?? 'internal', error?.message ?? 'The generation failed and does not say why.')
}
