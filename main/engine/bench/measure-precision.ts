import type { PackManifest, Precision } from '#app/domain/pack.ts'
import { surprisePrompt } from '#app/kernels/pack-words.ts'
import { createRandom } from '#main/library/testing/sample.ts'

import { canRank, cosine, embedPictures, embedText } from '../process/clip.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import { drawGrids } from '../process/pixels.ts'
import type { BenchPack } from './measure-run.ts'
import { largestOf, walk, type Walk } from './precision-walk.ts'

/** What a precision does to the pictures of the same prompts, seeds and candidates. */
export interface PrecisionQuality {
  readonly name: string
  /** Mean CLIP score of the pictures it draws on its own; null without CLIP. */
  readonly clipScore: number | null
  /** Share of pictures whose tokens are all those of fp32. */
  readonly samePictures: number
  /** Shares of cells at which it draws what fp32 draws, and finds the same code the likeliest, after fp32's earlier tokens. */
  readonly sameDraws: number
  readonly sameArgmax: number
  /** Mean negative log-likelihood in nats of the tokens of the fp32 pictures. */
  readonly nll: number
}

export interface PrecisionMeasurement {
  readonly packId: string
  readonly prompts: number
  readonly pictures: number
  readonly tokens: number
  /** fp32 first. */
  readonly precisions: readonly PrecisionQuality[]
}

/** The cache's largest keys and values are looked for in the pictures of this many prompts. */
const calibrated = 4

/**
 * fp32, int8 weights, and with dense layers int8 weights with a cache rounded to int8: what such a cache would do to pictures, before one is built.
 * @param count prompts, made of the pack's own words, each with `candidates` pictures
 */
export async function measurePrecision(
  pack: BenchPack,
  threads: number,
  count: number,
  candidates: number,
): Promise<PrecisionMeasurement> {
  const load = (precision: Precision): Promise<LoadedPack> =>
    loadPack({ packId: pack.manifest.id, folder: pack.folder, precision }, { threads })
  const [fp32, int8] = [await load('fp32'), await load('int8')]
  const prompts = promptsOf(pack.manifest, count)
  let largest: number[] | null = null
  for (const prompt of fp32.transformer.hasSparseLayers ? [] : prompts.slice(0, calibrated)) {
    await walk(fp32, prompt, candidates, null, null, (cache) => {
      largest = largestOf(cache).map((value, entry) => Math.max(value, largest?.[entry] ?? 0))
    })
  }
  const sums = [
    { name: 'fp32', by: fp32, rounding: null, total: emptyTotal() },
    { name: 'int8', by: int8, rounding: null, total: emptyTotal() },
    ...(largest === null ? [] : [{ name: 'int8, cache in int8', by: int8, rounding: largest, total: emptyTotal() }]),
  ]
  for (const prompt of prompts) {
    const reference = await walk(fp32, prompt, candidates, null, null)
    for (const { by, rounding, total } of sums) {
      const own = by === fp32 ? reference : await walk(by, prompt, candidates, null, rounding)
      const followed = by === fp32 ? reference : await walk(by, prompt, candidates, reference, rounding)
      total.score += await scoreOf(fp32, prompt, own)
      for (const [index, { drawn, likeliest }] of reference.entries()) {
        total.samePictures += equalIn(own[index]?.drawn, drawn) === drawn.length ? 1 : 0
        total.sameDraws += equalIn(followed[index]?.drawn, drawn)
        total.sameArgmax += equalIn(followed[index]?.likeliest, likeliest)
        total.nats += followed[index]?.nats ?? 0
      }
    }
  }
  const isRanked = canRank(fp32)
  await fp32.dispose()
  await int8.dispose()
  const pictures = prompts.length * candidates
  const tokens = pictures * pack.manifest.image.rows * pack.manifest.image.columns
  return {
    packId: pack.manifest.id,
    prompts: prompts.length,
    pictures,
    tokens,
    precisions: sums.map(({ name, total }) => ({
      name,
      clipScore: isRanked ? total.score / pictures : null,
      samePictures: total.samePictures / pictures,
      sameDraws: total.sameDraws / tokens,
      sameArgmax: total.sameArgmax / tokens,
      nll: total.nats / tokens,
    })),
  }
}

function emptyTotal(): Record<'score' | 'samePictures' | 'sameDraws' | 'sameArgmax' | 'nats', number> {
  return { score: 0, samePictures: 0, sameDraws: 0, sameArgmax: 0, nats: 0 }
}

/** Different ones, the same every time. */
function promptsOf({ words }: PackManifest, count: number): string[] {
  if (words === undefined) return Array.from({ length: count }, (_, number) => `a red apple ${number}`)
  const random = createRandom(1)
  const prompts = new Set<string>()
  for (let tries = 0; prompts.size < count && tries < 10 * count; tries++) prompts.add(surprisePrompt(words, random))
  return [...prompts]
}

/** The CLIP scores of what was drawn, added up; 0 without CLIP. */
async function scoreOf(pack: LoadedPack, prompt: string, walks: readonly Walk[]): Promise<number> {
  if (!canRank(pack)) return 0
  const text = await embedText(pack, prompt)
  const pictures = await drawGrids(
    pack,
    walks.map(({ drawn }) => drawn),
  )
  const embeddings = await embedPictures(pack, pictures)
  return embeddings.reduce((sum, embedding) => sum + cosine(text, embedding), 0)
}

function equalIn(a: Uint16Array | undefined, b: Uint16Array): number {
  return b.reduce((sum, code, cell) => sum + (code === a?.[cell] ? 1 : 0), 0)
}
