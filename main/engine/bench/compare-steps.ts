import type { MachineLimits } from '../process/measure-machine.ts'
import { makeRandomPack, type ShapeName } from './random-pack.ts'
import { flopsPerRow, loadForBench, matrixElements, timeSteps } from './time-steps.ts'
import { startTorchPeer, type StepTask, type TorchPeer } from './torch-peer.ts'

/** One model at one batch size: milliseconds a step, the fastest of the rounds; null = not measured. */
export interface StepComparison {
  readonly batch: number
  readonly fp32: number
  readonly int8: number
  readonly torchFp32: number | null
  readonly torchBf16: number | null
}

export interface ShapeComparison {
  readonly shape: ShapeName
  readonly torch: string | null
  readonly steps: readonly StepComparison[]
  /** Bytes of weights read a second at batch 1, as a share of what the machine reads at most; fp32. */
  readonly bandwidthFraction: number
  /** Multiplications and additions a second at the largest batch, as a share of the machine's most; fp32. */
  readonly peakFraction: number
}

export interface CompareOptions {
  readonly batches: readonly number[]
  readonly steps: number
  readonly rounds: number
  readonly threads: number
  readonly clock: StepTask['clock']
  readonly limits: MachineLimits
  readonly log: (text: string) => void
}

/** Times the engine and PyTorch in turn on the same random weights, half way through a picture. */
export async function compareSteps(shape: ShapeName, options: CompareOptions): Promise<ShapeComparison> {
  const pack = await makeRandomPack(shape)
  const torch = await startTorchPeer(pack.weightsFolder, options.threads)
  try {
    const { text, image } = pack.manifest
    const start = text.length + Math.floor((image.rows * image.columns) / 2)
    const fp32: number[] = []
    const int8: number[] = []
    const peer = { float32: [] as (number | null)[], bfloat16: [] as (number | null)[] }
    for (const precision of ['fp32', 'int8'] as const) {
      const loaded = await loadForBench(pack, precision, options.threads)
      for (const batch of options.batches) {
        const task = { batch, start, steps: options.steps, clock: options.clock }
        const dtype = precision === 'fp32' ? 'float32' : 'bfloat16'
        const [ours, theirs] = await fastestOf(options.rounds, () => timeSteps(loaded, task), torch, task, dtype)
        ;(precision === 'fp32' ? fp32 : int8).push(ours)
        peer[dtype].push(theirs)
        options.log(
          `${shape} batch ${batch} ${precision}: ${ours.toFixed(2)} ms, PyTorch ${dtype}: ${theirs?.toFixed(2) ?? '–'} ms`,
        )
      }
      await loaded.dispose()
    }
    const last = options.batches.length - 1
    const secondsAtOne = (fp32[options.batches.indexOf(1)] ?? NaN) / 1000
    const secondsAtMost = (fp32[last] ?? NaN) / 1000
    return {
      shape,
      torch: torch?.version ?? null,
      steps: options.batches.map((batch, i) => ({
        batch,
        fp32: fp32[i] ?? NaN,
        int8: int8[i] ?? NaN,
        torchFp32: peer.float32[i] ?? null,
        torchBf16: peer.bfloat16[i] ?? null,
      })),
      bandwidthFraction: (matrixElements(pack.weights) * 4) / secondsAtOne / options.limits.bandwidth,
      peakFraction: (flopsPerRow(pack.weights) * (options.batches[last] ?? 1)) / secondsAtMost / options.limits.flops,
    }
  } finally {
    torch?.close()
    await pack.remove()
  }
}

/** In turn, so that what else the machine does weighs on both sides. */
async function fastestOf(
  rounds: number,
  ours: () => Promise<number>,
  torch: TorchPeer | null,
  task: StepTask,
  dtype: 'float32' | 'bfloat16',
): Promise<[number, number | null]> {
  let fastest = Infinity
  let fastestPeer: number | null = null
  for (let round = 0; round < rounds; round++) {
    fastest = Math.min(fastest, await ours())
    if (torch === null) continue
    fastestPeer = Math.min(fastestPeer ?? Infinity, await torch.time(task, dtype))
  }
  return [fastest, fastestPeer]
}

/** How much faster the engine's best is than PyTorch's best. */
export function bestRatio({ fp32, int8, torchFp32, torchBf16 }: StepComparison): number | null {
  if (torchFp32 === null || torchBf16 === null) return null
  return Math.min(torchFp32, torchBf16) / Math.min(fp32, int8)
}
