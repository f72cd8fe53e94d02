import { widestRanges, type LayerRanges } from '#app/domain/cache-ranges.ts'

import type { KeyValueCache } from './key-value-cache.ts'
import type { LoadedPack } from './loaded-pack.ts'
import { prefillCaption } from './prefill-caption.ts'
import { StepBatch } from './step-batch.ts'

/** Pictures that are drawn side by side. */
const pictures = 4
const seed = 20210224
/** Digits that are kept: a scale says no more, and the file stays small. */
const digits = 4

/** Draws some pictures of a prompt with the pack's own settings. @returns the largest keys and values of each layer, channel by channel */
export async function measureCache(
  { transformer, tokenizer, manifest }: LoadedPack,
  prompt: string,
): Promise<LayerRanges[]> {
  const { image, sampling } = manifest
  const isGuided = sampling.guidanceScale !== 1
  const batch = new StepBatch(transformer, pictures, isGuided ? 2 : 1)
  batch.fillFromPrefill(await prefillCaption(transformer, tokenizer.idsOf(prompt), isGuided))
  let ranges: LayerRanges[] | null = null
  for (let cell = 0; cell < image.rows * image.columns; cell++) {
    for (let index = 0; index < pictures; index++) {
      const [conditional, unconditional] = [batch.conditional(index), batch.unconditional(index)]
      batch.setCode(index, transformer.sampler.draw(conditional, unconditional, sampling, seed, index, cell))
    }
    await batch.step(cell)
    const isLast = cell + 1 === image.rows * image.columns
    // A sparse layer forgets rows, so it is looked at after each.
    if (!isLast && !(transformer.hasSparseLayers && (cell + 1) % image.columns === 0)) continue
    const seen = rangesOf(batch.cache)
    ranges = ranges === null ? seen : widestRanges(ranges, seen)
  }
  batch.release()
  return ranges ?? []
}

function rangesOf({ entries }: KeyValueCache): LayerRanges[] {
  const largest = entries.map(({ values, tensor }) => {
    const [, heads = 0, slots = 0, headDim = 0] = tensor.dims
    const most = new Float32Array(heads * headDim)
    for (let at = 0; at < values.length; at += headDim) {
      const first = (Math.floor(at / (slots * headDim)) % heads) * headDim
      for (let i = 0; i < headDim; i++) most[first + i] = Math.max(most[first + i] ?? 0, Math.abs(values[at + i] ?? 0))
    }
    return Array.from(most, (value) => Number(value.toPrecision(digits)))
  })
  return Array.from({ length: largest.length / 2 }, (_, layer) => ({
    keys: largest[2 * layer] ?? [],
    values: largest[2 * layer + 1] ?? [],
  }))
}
