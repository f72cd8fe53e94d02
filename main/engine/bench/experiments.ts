import { measureInt8Cache, type Int8CacheMeasurement } from '../process/measure-int8-cache.ts'
import { percent, shown } from './figures.ts'
import { measureJoining, type JoiningMeasurement } from './measure-joining.ts'
import { measureRacing, type RacingMeasurement } from './measure-racing.ts'
import type { BenchPack } from './measure-run.ts'

/** Ideas that were tried, and what they bring or cost. */
export interface Experiments {
  readonly joining: readonly JoiningMeasurement[]
  readonly racing: RacingMeasurement
  readonly int8Cache: readonly Int8CacheMeasurement[]
}

const racingPrompts = [
  'a red apple on a white background',
  'two blue cats',
  'a green car',
  'a yellow guitar on a blue background',
]
/** The pack that ships, 12×768, and ruDALL-E's shape half way through a picture. */
const cacheShapes = [
  { heads: 3, headDim: 64, batch: 16, keys: 100 },
  { heads: 3, headDim: 64, batch: 32, keys: 100 },
  { heads: 12, headDim: 64, batch: 8, keys: 192 },
  { heads: 12, headDim: 64, batch: 32, keys: 192 },
  { heads: 16, headDim: 128, batch: 1, keys: 640 },
  { heads: 16, headDim: 128, batch: 8, keys: 640 },
]

export async function runExperiments(
  pack: BenchPack,
  threads: number,
  log: (text: string) => void,
): Promise<Experiments> {
  const joining = await measureJoining(pack, threads, 4)
  const racing = await measureRacing(pack, threads, racingPrompts, 8)
  log(
    `best of ${racing.plain.started}: ${racing.plain.topScore.toFixed(3)}, race: ${racing.racing.topScore.toFixed(3)}`,
  )
  const int8Cache = []
  for (const shape of cacheShapes) int8Cache.push(await measureInt8Cache(shape, threads, 12))
  return { joining, racing, int8Cache }
}

export function experimentSections({ joining, racing, int8Cache }: Experiments): string[] {
  const { plain, racing: race, foresight } = racing
  return [
    '## A hole that something kept follows',
    `The upper half of ${(joining[0]?.candidates ?? 0) / 4} pictures drawn again, four times each, above the kept lower half. Attempts are weighed row by row by how likely they make the kept cells.`,
    '',
    '| attempts at each candidate | nats of the kept cells below | seconds of decoding four candidates |',
    '|---|---|---|',
    ...joining.map(({ attempts, nats, seconds }) => `| ${attempts} | ${shown(nats)} | ${shown(seconds)} |`),
    '',
    '## Racing by CLIP',
    `Half of the candidates are dropped at a quarter, a half and three quarters of the rows, by the CLIP score of what is there; more can start in the same time. Means of ${racing.races} races, one thread.`,
    '',
    '| | candidates begun | seconds | CLIP score of the best |',
    '|---|---|---|---|',
    `| plain best of N | ${plain.started} | ${shown(plain.seconds)} | ${plain.topScore.toFixed(4)} |`,
    `| race | ${race.started} | ${shown(race.seconds)} | ${race.topScore.toFixed(4)} |`,
    '',
    `Correlation of the early score with the final one, among candidates of a prompt: ${foresight.map(({ share, correlation }) => `${correlation.toFixed(2)} after ${share * 100} %`).join(', ')} of the rows.`,
    '',
    '## A cache in int8',
    'One attention layer of one step, random numbers, a calibrated scale for keys and one for values. Not built into the packs; what it would do to pictures: “What a precision changes”.',
    '',
    '| heads × size | batch | keys | fp32, ms | int8, ms | ratio | relative error of the layer |',
    '|---|---|---|---|---|---|---|',
    ...int8Cache.map(
      ({ heads, headDim, batch, keys, fp32Ms, int8Ms, relativeError }) =>
        `| ${heads} × ${headDim} | ${batch} | ${keys} | ${[fp32Ms, int8Ms, fp32Ms / int8Ms].map(shown).join(' | ')} | ${percent(relativeError, 1)} |`,
    ),
    '',
  ]
}
