/**
 * `node main/engine/bench/reproducibility.ts [--pictures 180] [--pack FOLDER]`: a pack, by default the one that ships, draws the same pictures in batches of different sizes, on one and two
 * threads, and with cells in parallel; prints one JSON object with the tokens compared and those that differ. 180 pictures compare over 100 000 tokens.
 */
import { parseArgs } from 'node:util'

import { precisionsOf, type Precision } from '#app/domain/pack.ts'

import { decode, type DecodeOrder } from '../process/decode.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import { benchJob } from './bench-job.ts'
import { openBenchPack } from './measure-run.ts'

interface Variant {
  readonly name: string
  readonly threads: number
  readonly chunk: number
  readonly order: DecodeOrder
}
interface Comparison {
  readonly precision: Precision
  readonly variant: string
  readonly tokens: number
  readonly differentTokens: number
}
const reference: Variant = { name: 'batches of 32, one thread', threads: 1, chunk: 32, order: 'cellByCell' }
const variants: readonly Variant[] = [
  { name: 'batches of 32, two threads', threads: 2, chunk: 32, order: 'cellByCell' },
  { name: 'batches of 7, one thread', threads: 1, chunk: 7, order: 'cellByCell' },
  { name: 'one by one, two threads', threads: 2, chunk: 1, order: 'cellByCell' },
  { name: 'one by one, cells in parallel', threads: 1, chunk: 1, order: 'auto' },
]
const prompt = 'a red apple on a white background'

const { values } = parseArgs({
  options: { pictures: { type: 'string', default: '180' }, pack: { type: 'string' } },
})
const pictures = Number(values.pictures)
const { manifest, folder } = await openBenchPack(values.pack)
const results: Comparison[] = []
for (const precision of precisionsOf(manifest)) {
  const expected = await drawAll(precision, reference)
  for (const variant of variants) {
    // In int8 with a cache in fp32 nothing is decoded in parallel.
    if (precision === 'int8' && variant.order === 'auto') continue
    const drawn = await drawAll(precision, variant)
    let [tokens, differentTokens] = [0, 0]
    drawn.forEach((grid, index) => {
      tokens += grid.length
      differentTokens += grid.reduce((sum, code, cell) => sum + (code === expected[index]?.[cell] ? 0 : 1), 0)
    })
    const result = { precision, variant: variant.name, tokens, differentTokens }
    console.error(JSON.stringify(result))
    results.push(result)
  }
}
const total = (key: 'tokens' | 'differentTokens'): number => results.reduce((sum, result) => sum + result[key], 0)
console.log(
  JSON.stringify({ pictures, tokens: total('tokens'), differentTokens: total('differentTokens'), results }, null, 2),
)

async function drawAll(precision: Precision, { threads, chunk, order }: Variant): Promise<Uint16Array[]> {
  const pack = await loadPack({ packId: manifest.id, folder, precision }, { threads })
  const grids: Uint16Array[] = []
  for (let first = 0; first < pictures; first += chunk) {
    const candidates = Array.from({ length: Math.min(chunk, pictures - first) }, (_, i) => first + i)
    grids.push(...(await drawTokens(pack, candidates, order)))
  }
  await pack.dispose()
  return grids
}

/** Tokens alone: what follows the last row, pixels and scores, is left out. */
async function drawTokens(pack: LoadedPack, candidates: readonly number[], order: DecodeOrder): Promise<Uint16Array[]> {
  const { rows, columns } = manifest.image
  const { topK, topP, guidanceScale } = manifest.sampling
  // At temperature 1 more draws are close than at the pack's own.
  const settings = { temperature: 1, topK, topP, guidanceScale }
  const job = benchJob(manifest, { prompt, seed: 11, candidates, settings })
  const grids = candidates.map(() => new Uint16Array(rows * columns))
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  for await (const progress of decode(pack, job, seconds, { order })) {
    if (progress.type !== 'row') continue
    const { row, tokens } = progress.row
    grids.forEach((grid, i) => grid.set(tokens.subarray(i * columns, (i + 1) * columns), row * columns))
    if (row === rows - 1) break
  }
  return grids
}
