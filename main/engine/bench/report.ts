import { bestRatio, type ShapeComparison } from './compare-steps.ts'
import { experimentSections, type Experiments } from './experiments.ts'
import { percent, shown } from './figures.ts'
import { growthPlots, type GrowthMeasurement } from './measure-growth.ts'
import type { ParallelMeasurement } from './measure-parallel.ts'
import type { PrecisionMeasurement } from './measure-precision.ts'
import type { RunMeasurement } from './measure-run.ts'
import { precisionSection } from './precision-section.ts'

import type { SparseMeasurement } from './measure-sparse.ts'

/** What one run of the benchmark found. */
export interface BenchResult {
  readonly isQuick: boolean
  readonly threads: number
  readonly clock: 'wall' | 'cpu'
  readonly limits: { readonly bandwidth: number; readonly flops: number }
  readonly runs: readonly RunMeasurement[]
  /** At the pack's own settings, and at temperature 1 with all codes. */
  readonly parallel: ParallelMeasurement
  readonly parallelAtOne: ParallelMeasurement
  readonly comparisons: readonly ShapeComparison[]
  readonly overheadFraction: number | null
  readonly torchSecondsFor16: number | null
  /** The rest only in the long form. */
  readonly quality: PrecisionMeasurement | null
  readonly growth: GrowthMeasurement | null
  readonly sparse: readonly SparseMeasurement[] | null
  readonly experiments: Experiments | null
}

/** The result as a page: `docs/performance.md`. */
export function reportOf(result: BenchResult, date: string): string {
  const { isQuick, threads, clock, limits, runs, parallel, parallelAtOne, comparisons } = result
  const [torch] = comparisons.map((comparison) => comparison.torch)
  return [
    '# Performance',
    '',
    `Written by \`node main/engine/bench/command.ts${isQuick ? ' --quick' : ''} --threads ${threads} --clock ${clock} --report docs/performance.md\` on ${date}, in one run, with ${threads} thread${threads === 1 ? '' : 's'}.`,
    `Milliseconds a step are ${clock === 'cpu' ? 'processor time, because the machine was busy with other work' : 'time on the wall'}; ` +
      `measured limits: ${gigabytes(limits.bandwidth)} GB/s of memory, ${gigabytes(limits.flops)} GFLOP/s.`,
    '',
    '## One step, half way through a picture',
    `The engine and PyTorch ${torch ?? '(not here)'} eager with a cache, on the same random weights, in turn; the fastest of several rounds. Milliseconds. A small model takes one of the engine’s threads (main/engine/README.md).`,
    '',
    '| model | batch | engine fp32 | PyTorch fp32 | ratio | engine int8 | engine int8-cache | PyTorch bf16 | best to best |',
    '|---|---|---|---|---|---|---|---|---|',
    ...comparisons.flatMap(({ shape, steps }) =>
      steps.map((step) => {
        const { batch, fp32, torchFp32, int8, int8Cache, torchBf16 } = step
        const exact = torchFp32 === null || fp32 === null ? null : torchFp32 / fp32
        const cells = [fp32, torchFp32, exact, int8, int8Cache, torchBf16, bestRatio(step)].map(shown)
        return `| ${shape} | ${batch} | ${cells.join(' | ')} |`
      }),
    ),
    '',
    '| model | share of the memory bandwidth, batch 1, fp32 | share of the peak, largest batch, fp32 |',
    '|---|---|---|',
    ...comparisons.map(
      ({ shape, bandwidthFraction, peakFraction }) =>
        `| ${shape} | ${shown(bandwidthFraction)} | ${shown(peakFraction)} |`,
    ),
    '',
    'The weights of the smallest model fit the processor’s cache, so its share of the memory bandwidth says little. 24x2048 passes the 2 GiB of one file in fp32, so the engine has it ' +
      'in int8 only, and 4x2048, four of its layers, stands for it; a dash in PyTorch’s columns is a batch that memory was short for.',
    '',
    '## Sixteen candidates of the pack that ships',
    'From the call to ranked pictures, with previews, through the engine process; seconds on the wall, whatever else the machine does.',
    '',
    '| precision | all | prefill | decode | pixels | rank | first preview at | cancel, slowest |',
    '|---|---|---|---|---|---|---|---|',
    ...runs.map(
      ({ precision, secondsFor16, stages, firstPreviewFraction, cancelMs }) =>
        `| ${precision} | ${shown(secondsFor16)} | ${shown(stages.prefill)} | ${shown(stages.decode)} | ${shown(stages.pixels)} | ` +
        `${shown(stages.rank)} | ${percent(firstPreviewFraction, 0)} | ${cancelMs.toFixed(0)} ms |`,
    ),
    '',
    `The same in PyTorch, same shapes: ${shown(result.torchSecondsFor16)} s. Time outside the transformer’s runs, from the caption to the last token: ${percent(result.overheadFraction ?? NaN, 1)}.`,
    '',
    '## One candidate in parallel',
    'The same pictures cell by cell and in parallel: a window of 12 guessed cells in one run where that is expected to be faster, else one cell. Five prompts again and again; guesses come from ' +
      'earlier pictures of the process, never from the same one.',
    '',
    '| settings | tokens that differ | runs of the model | of a prompt’s first picture | cell by cell, s | in parallel, s | times faster | a prompt’s first picture |',
    '|---|---|---|---|---|---|---|---|',
    parallelRow('the pack’s own', parallel),
    parallelRow('temperature 1, all codes', parallelAtOne),
    '',
    ...sparseSection(result.sparse),
    ...(result.quality === null ? [] : [precisionSection(result.quality)]),
    ...growthSection(result.growth),
    ...(result.experiments === null ? [] : experimentSections(result.experiments)),
  ].join('\n')
}

function parallelRow(name: string, parallel: ParallelMeasurement): string {
  const { tokens, pictures, differentTokens, parallelRuns, newPromptRuns, cellByCellSeconds, parallelSeconds } =
    parallel
  const runs = `${parallelRuns.toFixed(0)} instead of ${tokens / pictures - 1}`
  const times = [
    cellByCellSeconds,
    parallelSeconds,
    cellByCellSeconds / parallelSeconds,
    parallel.newPromptSpeedup,
  ].map(shown)
  return `| ${name} | ${differentTokens} of ${tokens} | ${runs} | ${newPromptRuns.toFixed(0)} | ${times.join(' | ')} |`
}

function sparseSection(sparse: BenchResult['sparse']): string[] {
  if (sparse === null) return []
  return [
    '## Sparse layers',
    'A step of 8 layers × 512 in the paper’s layout (256 + 1024 positions; row, column, convolution), three quarters through a picture: all keys read and masked, and only those that may be seen. Milliseconds, fp32.',
    '',
    '| batch | masked | only what may be seen | ratio |',
    '|---|---|---|---|',
    ...sparse.map(
      ({ batch, maskedMs, compactMs }) =>
        `| ${batch} | ${[maskedMs, compactMs, maskedMs / compactMs].map(shown).join(' | ')} |`,
    ),
    '',
  ]
}

function growthSection(growth: GrowthMeasurement | null): string[] {
  if (growth === null) return []
  const files = growthPlots(growth).map(({ file }) => file)
  const row = (points: GrowthMeasurement['dense']): string => points.map(({ x, y }) => `${x}: ${shown(y)}`).join(' · ')
  return [
    '## How cost grows',
    ...files.map((file) => `![${file}](${file})`),
    '',
    `Seconds by candidates: ${row(growth.candidates)}.`,
    '',
    `Seconds of decoding 8 pictures by positions: dense ${row(growth.dense)}; sparse ${row(growth.sparse)}.`,
    '',
  ]
}

function gigabytes(value: number): string {
  return (value / 1e9).toFixed(0)
}
