import type { CandidateFinished } from '#app/contract/engine-protocol.ts'
import type { PackId } from '#app/domain/ids.ts'

import type { NewGeneration } from '../library.ts'

/** A small deterministic stream of numbers in [0, 1): the same seed gives the same library. Mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const sampleGrid = { rows: 4, columns: 4 } as const

export function sampleGeneration(change: Partial<NewGeneration> = {}): NewGeneration {
  return {
    prompt: 'a red apple on a white background',
    seed: 7,
    candidates: 4,
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 3 },
    pack: { id: 'sample' as PackId, version: '1.0.0', sha256: 'ab'.repeat(32) },
    ...sampleGrid,
    imagePrompt: null,
    ...change,
  }
}

/** A finished candidate with noise for a picture, so that every PNG is another file. */
export function sampleCandidate(
  index: number,
  random: () => number,
  size: { readonly sidePx?: number; readonly cells?: number; readonly dimensions?: number } = {},
): CandidateFinished {
  const { sidePx = 16, cells = sampleGrid.rows * sampleGrid.columns, dimensions = 8 } = size
  const floats = () => Float32Array.from({ length: cells }, () => random() * 3)
  return {
    index,
    tokens: Uint16Array.from({ length: cells }, () => Math.floor(random() * 8192)),
    nlls: floats(),
    entropies: floats(),
    perplexity: 1 + random() * 20,
    picture: {
      width: sidePx,
      height: sidePx,
      pixels: Uint8Array.from({ length: sidePx * sidePx * 3 }, () => Math.floor(random() * 256)),
    },
    clipScore: random() * 0.5,
    embedding: sampleVector(dimensions, random),
  }
}

/** L2-normalised. */
export function sampleVector(dimensions: number, random: () => number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() + random() + random() - 1.5)
  const norm = Math.hypot(...vector)
  return vector.map((value) => value / norm)
}
