import { precisionsOf, type PackManifest, type Precision } from '#app/domain/pack.ts'
import { surprisePrompt } from '#app/kernels/pack-words.ts'
import { createRandom } from '#main/library/testing/sample.ts'

import { canRank, cosine, embedPictures, embedText } from '../process/clip.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import { drawGrids } from '../process/pixels.ts'
import type { BenchPack } from './measure-run.ts'
import { walk, type Walk } from './precision-walk.ts'

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

/**
 * Every precision of a pack against fp32, which it must have.
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
  const fp32 = await load('fp32')
  const others = precisionsOf(pack.manifest).filter((precision) => precision !== 'fp32')
  const loaded = [fp32, ...(await Promise.all(others.map(load)))]
  const prompts = promptsOf(pack.manifest, count)
  const sums = loaded.map((by) => ({ by, total: emptyTotal() }))
  for (const prompt of prompts) {
    const reference = await walk(fp32, prompt, candidates, null)
    for (const { by, total } of sums) {
      const own = by === fp32 ? reference : await walk(by, prompt, candidates, null)
      const followed = by === fp32 ? reference : await walk(by, prompt, candidates, reference)
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
  for (const one of loaded) await one.dispose()
  const pictures = prompts.length * candidates
  const tokens = pictures * pack.manifest.image.rows * pack.manifest.image.columns
  return {
    packId: pack.manifest.id,
    prompts: prompts.length,
    pictures,
    tokens,
    precisions: sums.map(({ by, total }) => ({
      name: by.transformer.precision,
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
