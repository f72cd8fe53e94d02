import { decode } from '../process/decode.ts'
import { loadPack } from '../process/loaded-pack.ts'
import { benchJob } from './bench-job.ts'
import type { BenchPack } from './measure-run.ts'
import { svgOf, type PlotPoint } from './plot.ts'
import { makeRandomPack } from './random-pack.ts'
import { loadForBench, timeSteps } from './time-steps.ts'

/** How cost grows. */
export interface GrowthMeasurement {
  /** Candidates and seconds from the prompt to ranked pictures, on the pack that ships. */
  readonly candidates: readonly PlotPoint[]
  /** Positions and seconds of decoding 8 pictures of 8 × 384, dense layers, fp32: the mean of steps at ⅛, ⅜, ⅝ and ⅞ times the cells. */
  readonly dense: readonly PlotPoint[]
  /** The same with row, column and convolutional layers. */
  readonly sparse: readonly PlotPoint[]
}

const counts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
/** With 64 text positions: 320 to 1280. */
const gridRows = [16, 36, 56, 76]
const columns = 16
const batch = 8

export async function measureGrowth(
  pack: BenchPack,
  threads: number,
  log: (text: string) => void,
): Promise<GrowthMeasurement> {
  const candidates = await growthOfCandidates(pack, threads, log)
  const dense: PlotPoint[] = []
  const sparse: PlotPoint[] = []
  for (const rows of gridRows) {
    dense.push(await decodingOf(rows, false, threads))
    sparse.push(await decodingOf(rows, true, threads))
    log(`${dense.at(-1)?.x} positions: ${dense.at(-1)?.y.toFixed(2)} s dense, ${sparse.at(-1)?.y.toFixed(2)} s sparse`)
  }
  return { candidates, dense, sparse }
}

async function growthOfCandidates(pack: BenchPack, threads: number, log: (text: string) => void): Promise<PlotPoint[]> {
  const { manifest, folder } = pack
  const loaded = await loadPack({ packId: manifest.id, folder, precision: 'fp32' }, { threads, mayUseFewer: true })
  const points: PlotPoint[] = []
  // The first count is done twice: it makes the sessions.
  for (const count of [1, ...counts]) {
    const job = benchJob(manifest, { candidates: Array.from({ length: count }, (_, index) => index) })
    const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
    const started = performance.now()
    for await (const progress of decode(loaded, job, seconds)) void progress
    points.push({ x: count, y: (performance.now() - started) / 1000 })
    log(`${count} candidates: ${points.at(-1)?.y.toFixed(2)} s`)
  }
  await loaded.dispose()
  return points.slice(1)
}

async function decodingOf(rows: number, isSparse: boolean, threads: number): Promise<PlotPoint> {
  const kinds = ['row', 'column', 'row', 'row', 'row', 'column', 'row', 'convolution'] as const
  const pack = await makeRandomPack('8x384', { rows, columns, ...(isSparse && { attention: [...kinds] }) })
  const loaded = await loadForBench(pack, 'fp32', threads)
  const cells = rows * columns
  const { length } = pack.manifest.text
  let milliseconds = 0
  for (const share of [1 / 8, 3 / 8, 5 / 8, 7 / 8]) {
    const start = length + Math.floor(cells * share)
    milliseconds += (await timeSteps(loaded, { batch, start, steps: 6, clock: 'wall' })) / 4
  }
  await loaded.dispose()
  await pack.remove()
  return { x: length + cells, y: (milliseconds * cells) / 1000 }
}

/** The plots of docs/performance.md. */
export function growthPlots({ candidates, dense, sparse }: GrowthMeasurement): { file: string; svg: string }[] {
  const ofCandidates = {
    ...{
      title: 'Seconds from prompt to ranked pictures',
      xLabel: 'candidates',
      yLabel: 'seconds',
      isXLogarithmic: true,
    },
    series: [{ name: 'the pack that ships, fp32', colour: '#2563eb', points: candidates }],
  }
  const ofPositions = {
    ...{
      title: 'Seconds of decoding 8 pictures, 8 × 384',
      xLabel: 'positions',
      yLabel: 'seconds',
      isXLogarithmic: false,
    },
    series: [
      { name: 'dense', colour: '#dc2626', points: dense },
      { name: 'row, column, convolution', colour: '#2563eb', points: sparse },
    ],
  }
  return [
    { file: 'performance-candidates.svg', svg: svgOf(ofCandidates) },
    { file: 'performance-positions.svg', svg: svgOf(ofPositions) },
  ]
}
