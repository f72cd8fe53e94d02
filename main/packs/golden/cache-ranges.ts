import { widestRanges, type CacheRanges, type LayerRanges } from '#app/domain/cache-ranges.ts'
import type { PackManifest } from '#app/domain/pack.ts'
import { surprisePrompt } from '#app/kernels/pack-words.ts'
import type { Engine } from '#main/engine/engine.ts'

import { goldenPrompts } from './golden-runs.ts'

/** Of a pack that says what it was taught: what it is asked for varies more than two prompts do. */
const promptsOfWords = 8

/**
 * Calibrates the cache of a pack's int8 transformer: the widest ranges over pictures of several prompts.
 * @throws the signal's reason when aborted
 */
export async function measureCacheRanges(
  engine: Engine,
  folder: string,
  manifest: PackManifest,
  signal?: AbortSignal,
): Promise<CacheRanges> {
  await engine.loadPack({ packId: manifest.id, folder, precision: 'int8', isCpuOnly: true })
  let layers: readonly LayerRanges[] | null = null
  for (const prompt of promptsOf(manifest)) {
    signal?.throwIfAborted()
    const seen = await engine.measureCache(manifest.id, prompt)
    layers = layers === null ? seen : widestRanges(layers, seen)
  }
  return { schemaVersion: 1, layers: [...(layers ?? [])] }
}

/** The same every time: the same weights give the same pack. */
function promptsOf({ words }: PackManifest): readonly string[] {
  if (words === undefined) return goldenPrompts
  let turn = 0
  // Steps of the golden ratio: spread over the words without a generator.
  const spread = (): number => (++turn * 0.618033988749895) % 1
  return Array.from({ length: promptsOfWords }, () => surprisePrompt(words, spread))
}
