/**
 * `node main/engine/bench/command.ts [--quick] [--json] [--threads N] [--clock wall|cpu] [--out FILE] [--report FILE]`: what
 * decoding costs here, beside PyTorch. `--report` writes a page and, without `--quick`, plots beside it. Without `--quick` some 14 GB of memory are used.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

import { precisionsOf } from '#app/domain/pack.ts'

import { measureMachine } from '../process/measure-machine.ts'
import { bestRatio, compareSteps, type CompareOptions, type ShapeComparison } from './compare-steps.ts'
import { runExperiments } from './experiments.ts'
import { growthPlots, measureGrowth } from './measure-growth.ts'
import { measureOverhead } from './measure-overhead.ts'
import { measureParallel } from './measure-parallel.ts'
import { measureRun, openBenchPack } from './measure-run.ts'
import type { ShapeName } from './random-pack.ts'
import { measurePrecision } from './measure-precision.ts'
import { measureSparse } from './measure-sparse.ts'
import { reportOf } from './report.ts'
import { timeTorchRun } from './torch-peer.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(availableParallelism()) },
    clock: { type: 'string', default: 'wall' },
    out: { type: 'string' },
    report: { type: 'string' },
  },
})
const threads = Number(values.threads)
if (!Number.isInteger(threads) || threads < 1) {
  console.error('--threads must be a whole number from 1.')
  process.exit(2)
}
if (values.clock !== 'wall' && values.clock !== 'cpu') {
  console.error('--clock must be wall or cpu (processor time, for a busy machine; with --threads 1).')
  process.exit(2)
}
const clock: 'wall' | 'cpu' = values.clock
const log = (text: string): void => console.error(text)

const limits = await measureMachine(threads, clock)
log(
  `memory ${(limits.bandwidth / 1e9).toFixed(1)} GB/s, peak ${(limits.flops / 1e9).toFixed(0)} GFLOP/s, ${threads} threads`,
)
const pack = await openBenchPack()
const runs = []
// The quick form, which has 55 seconds, measures what the studio draws with where nobody chooses.
for (const precision of precisionsOf(pack.manifest).slice(0, values.quick ? 1 : undefined)) {
  const run = await measureRun(pack, precision, values.quick ? 2 : 5)
  log(
    `${run.packId} ${precision}: 16 candidates in ${run.secondsFor16.toFixed(2)} s, cancel ${run.cancelMs.toFixed(0)} ms`,
  )
  runs.push(run)
}
const overheadFraction = await measureOverhead(pack, threads, 2)
const parallel = await measureParallel(pack, threads, values.quick ? 30 : 100)
log(
  `one candidate: ${parallel.cellByCellSeconds.toFixed(2)} s cell by cell, ${parallel.parallelSeconds.toFixed(2)} s in parallel, ` +
    `${parallel.differentTokens} of ${parallel.tokens} tokens differ`,
)
const parallelAtOne = await measureParallel(pack, threads, values.quick ? 5 : 50, { temperature: 1, topK: 0, topP: 1 })
const torchFor16 = await timeTorchRun(pack.folder, threads, pack.manifest.sampling.guidanceScale, values.quick ? 2 : 3)
const quality = values.quick ? null : await measurePrecision(pack, threads, 64, 4)
const growth = values.quick ? null : await measureGrowth(pack, threads, log)
const experiments = values.quick ? null : await runExperiments(pack, threads, log)
await pack.remove()
const sparse = values.quick ? null : await measureSparse({ steps: 8, clock, threads, rounds: 4 }, [1, 8, 32])

const shapes: ShapeName[] = values.quick ? ['starter', '12x768'] : ['starter', '8x384', '12x768', '4x2048', '24x2048']
const comparisons: ShapeComparison[] = []
for (const shape of shapes) {
  const options: CompareOptions = {
    batches: [1, 8, 32],
    steps: values.quick ? 5 : shape === '24x2048' ? 4 : 24,
    rounds: roundsOf(shape),
    threads,
    clock,
    limits,
    isApart: shape === '24x2048',
    log,
  }
  comparisons.push(await compareSteps(shape, options))
}

const byModel = (
  ratio: (step: ShapeComparison['steps'][number]) => number | null,
): Record<string, Record<string, number | null>> =>
  Object.fromEntries(
    comparisons.map(({ shape, steps }) => [
      shape,
      Object.fromEntries(steps.map((step) => [step.batch, rounded(ratio(step))])),
    ]),
  )
const large = comparisons.find(({ shape }) => shape === '12x768')
const fastest = runs.reduce((a, b) => (a.secondsFor16 <= b.secondsFor16 ? a : b))
const result = {
  isQuick: values.quick,
  threads,
  clock,
  limits,
  exactVsTorchFp32: byModel(({ fp32, torchFp32 }) => torchFp32 && fp32 && torchFp32 / fp32),
  bestVsTorchBest: byModel(bestRatio),
  bandwidthFraction: rounded(large?.bandwidthFraction ?? null),
  peakFraction: rounded(large?.peakFraction ?? null),
  cancelMs: rounded(Math.max(...runs.map((run) => run.cancelMs))),
  firstPreviewFraction: rounded(Math.max(...runs.map((run) => run.firstPreviewFraction))),
  secondsFor16: rounded(fastest.secondsFor16),
  torchSecondsFor16: torchFor16,
  secondsFor16VsTorch: rounded(torchFor16 && torchFor16 / fastest.secondsFor16),
  quality,
  growth,
  sparse,
  overheadFraction: rounded(overheadFraction),
  parallelSpeedup: rounded(parallel.cellByCellSeconds / parallel.parallelSeconds),
  parallelTokensEqual: parallel.differentTokens + parallelAtOne.differentTokens === 0,
  parallel,
  parallelAtOne,
  experiments,
  runs,
  comparisons,
}
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(result, null, 2)}\n`)
if (values.report !== undefined) {
  await writeFile(values.report, reportOf(result, new Date().toISOString().slice(0, 10)))
  for (const { file, svg } of growth === null ? [] : growthPlots(growth))
    await writeFile(join(dirname(values.report), file), svg)
}
if (values.json) console.log(JSON.stringify(result))
else console.log(JSON.stringify(result, null, 2))

/** A step of the smallest model takes half a millisecond: a few rounds are gone in one stall of the machine, and many cost little. */
function roundsOf(shape: ShapeName): number {
  if (shape === 'starter') return 8
  return values.quick || shape === '24x2048' ? 2 : 4
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(3))
}
