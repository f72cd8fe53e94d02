import { loadForBench, timeSteps } from './time-steps.ts'
import { makeRandomPack } from './random-pack.ts'
import type { StepTask } from './torch-peer.ts'

/** A step in the paper's layout when sparse layers read all keys and mask them, and when they read only what they may see. */
export interface SparseMeasurement {
  readonly batch: number
  /** Milliseconds a step, the fastest of the rounds. */
  readonly maskedMs: number
  readonly compactMs: number
}

/** Both in turn, three quarters through a picture. */
export async function measureSparse(
  task: Omit<StepTask, 'start' | 'batch'> & { readonly threads: number; readonly rounds: number },
  batches: readonly number[],
): Promise<SparseMeasurement[]> {
  const pack = await makeRandomPack('paper-8x512')
  const loaded = await loadForBench(pack, 'fp32', task.threads)
  try {
    const { text, image } = pack.manifest
    const start = text.length + Math.floor(image.rows * image.columns * 0.75)
    const measured: SparseMeasurement[] = []
    for (const batch of batches) {
      let [maskedMs, compactMs] = [Infinity, Infinity]
      for (let round = 0; round < task.rounds; round++) {
        maskedMs = Math.min(maskedMs, await timeSteps(loaded, { ...task, batch, start }, 'full'))
        compactMs = Math.min(compactMs, await timeSteps(loaded, { ...task, batch, start }, 'compact'))
      }
      measured.push({ batch, maskedMs, compactMs })
    }
    return measured
  } finally {
    await loaded.dispose()
    await pack.remove()
  }
}
