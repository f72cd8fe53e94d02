import { StudioError } from '#app/contract/errors.ts'
import { precisions, precisionsOf, type Precision } from '#app/domain/pack.ts'

import type { LoadedPack } from '../process/loaded-pack.ts'
import type { MachineLimits } from '../process/measure-machine.ts'
import { makeRandomPack, type RandomPack, type ShapeName } from './random-pack.ts'
import { flopsPerRow, loadForBench, matrixElements, stepBytes, timeSteps } from './time-steps.ts'
import { startTorchPeer, type StepTask, type TorchPeer } from './torch-peer.ts'

/** One model at one batch size: milliseconds a step, the fastest of the rounds; null = not measured. */
export interface StepComparison {
  readonly batch: number
  readonly fp32: number | null
  readonly int8: number | null
  readonly int8Cache: number | null
  readonly torchFp32: number | null
  readonly torchBf16: number | null
}

export interface ShapeComparison {
  readonly shape: ShapeName
  readonly torch: string | null
  readonly steps: readonly StepComparison[]
  /** Bytes of weights read a second at batch 1, as a share of what the machine reads at most; fp32, null without it. */
  readonly bandwidthFraction: number | null
  /** Multiplications and additions a second at the largest batch, as a share of the machine's most; fp32. */
  readonly peakFraction: number | null
}

export interface CompareOptions {
  readonly batches: readonly number[]
  readonly steps: number
  readonly rounds: number
  readonly threads: number
  readonly clock: StepTask['clock']
  readonly limits: MachineLimits
  /** Not in turn but one after the other, for models that memory holds only once. */
  readonly isApart?: boolean
  readonly log: (text: string) => void
}

/** Times the engine and PyTorch on the same random weights, half way through a picture. */
export async function compareSteps(shape: ShapeName, options: CompareOptions): Promise<ShapeComparison> {
  const pack = await makeRandomPack(shape)
  const unknown = (): (number | null)[] => options.batches.map(() => null)
  const times: Times = {
    fp32: unknown(),
    int8: unknown(),
    'int8-cache': unknown(),
    float32: unknown(),
    bfloat16: unknown(),
  }
  try {
    let torch: string | null = null
    for (const sides of options.isApart === true
      ? [['engine'] as const, ['torch'] as const]
      : [['engine', 'torch'] as const]) {
      torch = (await timeSides(pack, sides, shape, options, times)) ?? torch
    }
    const last = options.batches.length - 1
    const atOne = times.fp32[options.batches.indexOf(1)] ?? null
    const atMost = times.fp32[last] ?? null
    const bytesRead = matrixElements(pack.weights) * 4
    const flops = flopsPerRow(pack.weights) * (options.batches[last] ?? 1)
    return {
      shape,
      torch,
      steps: options.batches.map((batch, i) => ({
        batch,
        fp32: times.fp32[i] ?? null,
        int8: times.int8[i] ?? null,
        int8Cache: times['int8-cache'][i] ?? null,
        torchFp32: times.float32[i] ?? null,
        torchBf16: times.bfloat16[i] ?? null,
      })),
      bandwidthFraction: atOne && bytesRead / (atOne / 1000) / options.limits.bandwidth,
      peakFraction: atMost && flops / (atMost / 1000) / options.limits.flops,
    }
  } finally {
    await pack.remove()
  }
}

/** Milliseconds by batch. */
type Times = Record<Precision | 'float32' | 'bfloat16', (number | null)[]>

/** Fills in the times of the sides that are asked for. @returns the version of PyTorch, null without it */
async function timeSides(
  pack: RandomPack,
  sides: readonly ('engine' | 'torch')[],
  shape: ShapeName,
  options: CompareOptions,
  times: Times,
): Promise<string | null> {
  const { text, image } = pack.manifest
  const start = text.length + Math.floor((image.rows * image.columns) / 2)
  const torch = sides.includes('torch') ? await startTorchPeer(pack.weightsFolder, options.threads) : null
  try {
    for (const precision of precisions) {
      // Past 2 GiB there is no fp32 graph: PyTorch alone runs it.
      const isHere = sides.includes('engine') && precisionsOf(pack.manifest).includes(precision)
      const loaded = isHere ? await loadIfItFits(pack, precision, options) : null
      for (const [i, batch] of options.batches.entries()) {
        const task = { batch, start, steps: options.steps, clock: options.clock }
        const dtype = precision === 'fp32' ? 'float32' : 'bfloat16'
        // PyTorch has no third: its times stand beside int8 already.
        const hasPeer = precision !== 'int8-cache'
        // Fp32 stands for all; a process that memory is short for is ended, and perhaps another in its place.
        const needed = stepBytes(pack.manifest, 'fp32', task)
        const free = process.availableMemory() * 0.8
        if (needed >= free) options.log(`${shape} batch ${batch}: not measured, memory is short.`)
        const time = loaded && needed < free ? () => timeSteps(loaded, task) : null
        // PyTorch's cache grows by concatenation: the old and the new one are there at once.
        const peer = hasPeer && 2 * needed < free ? torch : null
        const [mine, theirs] = await fastestOf(options.rounds, time, peer, task, dtype)
        times[precision][i] ??= mine
        times[dtype][i] ??= theirs
        options.log(
          `${shape} batch ${batch} ${precision}: ${mine?.toFixed(2) ?? '–'} ms${hasPeer ? `, PyTorch ${dtype}: ${theirs?.toFixed(2) ?? '–'} ms` : ''}`,
        )
      }
      await loaded?.dispose()
    }
    return torch?.version ?? null
  } finally {
    torch?.close()
  }
}

/** Null, with a word, where memory is short beside PyTorch: the other measurements go on. */
async function loadIfItFits(
  pack: RandomPack,
  precision: Precision,
  { threads, log }: CompareOptions,
): Promise<LoadedPack | null> {
  try {
    return await loadForBench(pack, precision, threads)
  } catch (error) {
    if (!(error instanceof StudioError) || error.code !== 'outOfMemory') throw error
    log(`${precision} is not measured: ${error.message}`)
    return null
  }
}

/** In turn, so that what else the machine does weighs on both sides. */
async function fastestOf(
  rounds: number,
  ours: (() => Promise<number>) | null,
  torch: TorchPeer | null,
  task: StepTask,
  dtype: 'float32' | 'bfloat16',
): Promise<[number | null, number | null]> {
  let fastest: number | null = null
  let fastestPeer: number | null = null
  for (let round = 0; round < rounds; round++) {
    if (ours !== null) fastest = Math.min(fastest ?? Infinity, await ours())
    if (torch === null) continue
    const ms = await torch.time(task, dtype)
    if (ms !== null) fastestPeer = Math.min(fastestPeer ?? Infinity, ms)
  }
  return [fastest, fastestPeer]
}

/** How much faster the engine's best is than PyTorch's best. */
export function bestRatio({ fp32, int8, int8Cache, torchFp32, torchBf16 }: StepComparison): number | null {
  const ours = [fp32, int8, int8Cache].filter((time) => time !== null)
  if (torchFp32 === null || torchBf16 === null || ours.length === 0) return null
  return Math.min(torchFp32, torchBf16) / Math.min(...ours)
}
