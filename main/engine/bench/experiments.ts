import { shown } from './figures.ts'
import { measureJoining, type JoiningMeasurement } from './measure-joining.ts'
import { measureRacing, type RacingMeasurement } from './measure-racing.ts'
import type { BenchPack } from './measure-run.ts'

/** Ideas that were tried, and what they bring or cost. */
export interface Experiments {
  readonly joining: readonly JoiningMeasurement[]
  readonly racing: RacingMeasurement
}

const racingPrompts = [
  'a red apple on a white background',
  'two blue cats',
  'a green car',
  'a yellow guitar on a blue background',
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
  return { joining, racing }
}

export function experimentSections({ joining, racing }: Experiments): string[] {
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
  ]
}
