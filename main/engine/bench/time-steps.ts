import type { PackManifest, Precision } from '#app/domain/pack.ts'

import { cacheBytesPerRow, cachePositions, type CacheLayout, type KeyValueCache } from '../process/key-value-cache.ts'
import { loadPack, type LoadedPack } from '../process/loaded-pack.ts'
import type { RandomPack } from './random-pack.ts'
import type { StepTask } from './torch-peer.ts'

export async function loadForBench(pack: RandomPack, precision: Precision, threads: number): Promise<LoadedPack> {
  return loadPack({ packId: pack.manifest.id, folder: pack.folder, precision }, { threads, mayUseFewer: true })
}

/** Bytes of cache that `timeSteps` touches. */
export function stepBytes(manifest: PackManifest, precision: Precision, { batch, start, steps }: StepTask): number {
  return (batch * cacheBytesPerRow(manifest, precision) * (start + steps + 1)) / cachePositions(manifest)
}

/** Milliseconds a cached step of the engine, after one step that is not counted, by the clock of the task. */
export async function timeSteps(
  { transformer, manifest }: LoadedPack,
  task: StepTask,
  layout: CacheLayout = 'compact',
): Promise<number> {
  const { rowMultiple } = transformer
  const rows = Math.ceil(task.batch / rowMultiple) * rowMultiple
  const cache = transformer.createCache(rows, layout)
  fillWithNoise(cache, task.start + task.steps + 1)
  const ids = new BigInt64Array(rows).fill(BigInt(manifest.image.firstId))
  const logits = new Float32Array(rows * manifest.image.vocabulary)
  let started = 0
  for (let step = 0; step <= task.steps; step++) {
    if (step === 1) started = milliseconds(task.clock)
    await transformer.run(cache, ids, task.start + step, 0, logits)
  }
  return (milliseconds(task.clock) - started) / task.steps
}

/**
 * As much memory as a real run reads, and no more: pages that were never written are all one page of zeros, which the processor's cache holds,
 * and a large batch would seem faster than it is.
 */
function fillWithNoise({ entries }: KeyValueCache, positions: number): void {
  const floats = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i * i))
  const bytes = Int8Array.from(floats, (value) => value * 127)
  for (const { values, tensor, compact } of entries) {
    const [, , slots = 0, headDim = 0] = tensor.dims
    const noise = values instanceof Int8Array ? bytes : floats
    const used = (compact === null ? Math.min(slots, positions) : slots) * headDim
    for (let head = 0; head < values.length; head += slots * headDim) {
      for (let at = 0; at < used; at += noise.length)
        values.set(noise.subarray(0, Math.min(noise.length, used - at)), head + at)
    }
  }
}

function milliseconds(clock: StepTask['clock']): number {
  if (clock === 'wall') return performance.now()
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Multiplications and additions of the matrices for one row. */
export function flopsPerRow(weights: RandomPack['weights']): number {
  return 2 * matrixElements(weights)
}

/** Elements of the matrices a step reads: all linear layers and the image rows of the head, not the embedding tables. */
export function matrixElements({ model, transformer }: RandomPack['weights']): number {
  const { width, imageVocabulary } = model.transformer
  let elements = imageVocabulary * width
  for (const [name, { dims }] of transformer) {
    if (name.startsWith('layers.') && dims.length === 2) elements += (dims[0] ?? 0) * (dims[1] ?? 0)
  }
  return elements
}
