import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

import type { CandidateFinished, DecodeJob, RgbPicture } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { PackManifest, Precision } from '#app/domain/pack.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'

import { asUpperHalf, keepUpperHalf } from './given-panels.ts'
import type { Question } from './questions.ts'

/** Side of the pictures that are judged; the judge and the colour measure look at no more. */
export const judgedSide = 96

export interface DrawOptions {
  readonly folder: string
  readonly manifest: PackManifest
  readonly precision: Precision
  readonly candidates: number
  readonly settings?: Partial<DecodeJob['settings']>
}

async function shrink(picture: RgbPicture, side: number): Promise<Buffer> {
  const raw = { width: picture.width, height: picture.height, channels: 3 as const }
  return sharp(picture.pixels, { raw }).resize(side, side, { kernel: 'lanczos3' }).raw().toBuffer()
}

/** What one engine process does with the pack, and then no more. */
async function withEngine<T>(options: DrawOptions, work: (engine: EngineHost) => Promise<T>): Promise<T> {
  const engine = new EngineHost(() => forkEngine())
  try {
    await engine.loadPack({ packId: options.manifest.id, folder: options.folder, precision: options.precision })
    return await work(engine)
  } finally {
    await engine.close()
  }
}

interface Answer {
  readonly pictures: readonly Buffer[]
  readonly scores: readonly (number | null)[]
  /** Share of the places of the first candidate at which the encoder reads the token that it was drawn from. */
  readonly readAgain: number
}

type Asked = Pick<DecodeJob, 'prompt' | 'seed'> & Partial<Pick<DecodeJob, 'candidates' | 'forcedTokens'>>

function jobOf(options: DrawOptions, asked: Asked): DecodeJob {
  const { temperature, topK, topP, guidanceScale } = { ...options.manifest.sampling, ...options.settings }
  return {
    jobId: `evaluate-${asked.seed}` as GenerationId,
    packId: options.manifest.id,
    candidates: Array.from({ length: options.candidates }, (_, index) => index),
    settings: { temperature, topK, topP, guidanceScale },
    isPreviewWanted: false,
    ...asked,
  }
}

/** One picture by a prompt, as the upper half of an image prompt: its tokens, and −1 where the model draws. */
async function givenTokens(
  engine: EngineHost,
  options: DrawOptions,
  prompt: string,
  seed: number,
): Promise<Int32Array> {
  const drawn: RgbPicture[] = []
  const listener = {
    onRow: () => undefined,
    onCandidate: ({ picture }: { picture: RgbPicture }) => {
      drawn.push(picture)
    },
  }
  await engine.decode(jobOf(options, { prompt, seed, candidates: [0] }), listener, new AbortController().signal)
  const [picture] = drawn
  if (picture === undefined) throw new Error(`The engine drew nothing for "${prompt}".`)
  const { tokens } = await engine.encodePicture(options.manifest.id, await asUpperHalf(picture))
  return keepUpperHalf(tokens, options.manifest.image)
}

/** The candidates of one question, small, and their CLIP scores, in the order of the candidates. */
async function answer(
  engine: EngineHost,
  options: DrawOptions,
  { text, given }: Question,
  number: number,
): Promise<Answer> {
  const seed = 1000 + number
  const forcedTokens = given === null ? undefined : await givenTokens(engine, options, given, seed)
  const job = jobOf(options, { prompt: text, seed, ...(forcedTokens !== undefined && { forcedTokens }) })
  const small: Promise<Buffer>[] = []
  const scores: (number | null)[] = []
  let first: Pick<CandidateFinished, 'picture' | 'tokens'> | undefined
  const listener = {
    onRow: () => undefined,
    onCandidate: (drawn: CandidateFinished) => {
      if (drawn.index === 0) first = drawn
      small[drawn.index] = shrink(drawn.picture, judgedSide)
      scores[drawn.index] = drawn.clipScore
    },
  }
  await engine.decode(job, listener, new AbortController().signal)
  if (first === undefined) throw new Error(`The engine drew nothing for "${text}".`)
  const readAgain = await shareReadAgain(engine, options.manifest, first)
  return { pictures: await Promise.all(small), scores, readAgain }
}

/** What a picture loses as a prompt: nothing where this is 1. Colours, the palette's tokens, are not counted. */
async function shareReadAgain(
  engine: EngineHost,
  { id, image }: PackManifest,
  { picture, tokens }: Pick<CandidateFinished, 'picture' | 'tokens'>,
): Promise<number> {
  const places = (all: ArrayLike<number>): number[] => Array.from(all).slice((image.paletteRows ?? 0) * image.columns)
  const read = places((await engine.encodePicture(id, picture)).tokens)
  const drawn = places(tokens)
  return drawn.filter((token, place) => token === read[place]).length / drawn.length
}

/**
 * Draws every question with the engine that ships. Writes into `out`: answers.json (questions and CLIP scores, in the order
 * drawn) and answers.rgb (uint8 [question, candidate, 96, 96, 3]).
 */
export async function drawAnswers(
  options: DrawOptions,
  questions: readonly Question[],
  out: string,
  report: (text: string) => void,
): Promise<void> {
  mkdirSync(out, { recursive: true })
  await withEngine(options, async (engine) => {
    const answers: Answer[] = []
    for (const [number, question] of questions.entries()) {
      answers.push(await answer(engine, options, question, number))
      if (number % 10 === 9) report(`${number + 1} of ${questions.length} prompts drawn`)
    }
    writeFileSync(join(out, 'answers.rgb'), Buffer.concat(answers.flatMap(({ pictures }) => pictures)))
    const scored = questions.map((question, i) => ({
      ...question,
      scores: answers[i]?.scores ?? [],
      readAgain: answers[i]?.readAgain ?? 0,
    }))
    writeFileSync(join(out, 'answers.json'), JSON.stringify({ candidates: options.candidates, questions: scored }))
  })
}

/**
 * What the pack's encoder and decoder make of real pictures. Writes into `out`: decoded.rgb (uint8, the size of the pack's
 * pictures) and decoded.json (sizes, and how much of the codebook the pictures use).
 */
export async function decodeReal(options: DrawOptions, real: readonly RgbPicture[], out: string): Promise<void> {
  const { manifest } = options
  await withEngine(options, async (engine) => {
    const decoded: Uint8Array[] = []
    const codes = new Set<number>()
    const paletteTokens = (manifest.image.paletteRows ?? 0) * manifest.image.columns
    for (const picture of real) {
      const { tokens, reconstruction } = await engine.encodePicture(manifest.id, picture)
      for (const code of tokens.subarray(paletteTokens)) codes.add(code)
      decoded.push(reconstruction.pixels)
    }
    writeFileSync(join(out, 'decoded.rgb'), Buffer.concat(decoded))
    const { width, height } = manifest.picture
    const about = { width, height, pictures: real.length, codesUsed: codes.size, vocabulary: manifest.image.vocabulary }
    writeFileSync(join(out, 'decoded.json'), JSON.stringify(about))
  })
}
