import type { GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId, PackId, PictureId } from '#app/domain/ids.ts'
import type { FoundPicture } from '#app/domain/organising.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { PictureDetail, PictureSummary } from '#app/domain/picture.ts'

export const exampleGenerationId = '0198a4c0-0001-7000-8000-000000000001' as GenerationId

export function exampleGeneration(changes: Partial<GenerationSummary> = {}): GenerationSummary {
  return {
    id: exampleGenerationId,
    prompt: 'a red apple',
    seed: 7,
    candidates: 3,
    settings: { temperature: 0.7, topK: 0, topP: 0.9, guidanceScale: 1.2 },
    pack: { id: 'starter' as PackId, version: '0.1.0', sha256: 'ab'.repeat(32) },
    imagePrompt: null,
    state: 'queued',
    createdAt: '2026-11-22T10:00:00.000Z',
    finishedAt: null,
    seconds: null,
    error: null,
    best: [],
    finishedCandidates: 0,
    ...changes,
  }
}

export function examplePicture(index: number, changes: Partial<PictureSummary> = {}): PictureSummary {
  return {
    id: `0198a4c0-0002-7000-8000-${index.toString(16).padStart(12, '0')}` as PictureId,
    generationId: exampleGenerationId,
    index,
    prompt: 'a red apple',
    width: 192,
    height: 192,
    clipScore: 0.2 + index / 100,
    perplexity: 20,
    createdAt: '2026-11-22T10:00:05.000Z',
    ...changes,
  }
}

/** As the library finds it. */
export function exampleFound(index: number, changes: Partial<FoundPicture> = {}): FoundPicture {
  return { ...examplePicture(index), rating: 0, tags: [], ...changes }
}

/** A grid of three rows and four columns. */
export function exampleDetail(index: number): PictureDetail {
  return {
    ...examplePicture(index),
    rank: 1,
    rows: 3,
    columns: 4,
    tokens: Array.from({ length: 12 }, (_, cell) => cell),
    entropies: Array.from({ length: 12 }, (_, cell) => cell / 10),
    objectSha256: 'cd'.repeat(32),
    bytes: 4096,
    generation: exampleGeneration(),
    pack: exampleGeneration().pack,
  }
}

export const examplePack: PackSummary = {
  id: 'starter' as PackId,
  name: 'Starter',
  version: '0.1.0',
  description: '',
  licence: 'Apache-2.0',
  attribution: [],
  sha256: 'ab'.repeat(32),
  bytes: 1000,
  precisions: ['fp32'],
  rows: 3,
  columns: 4,
  paletteRows: 0,
  paletteLevels: 0,
  imageVocabulary: 1024,
  textLength: 32,
  pictureWidth: 192,
  pictureHeight: 192,
  canRank: true,
  canEncode: true,
  sampling: { temperature: 0.7, topK: 0, topP: 0.9, guidanceScale: 1.2, candidates: 16 },
  memory: { weightsBytes: 1000, cacheBytesPerRow: 10 },
}
