import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { UpscalerSummary } from '#app/domain/upscaler.ts'

import type { FoundPack, FoundUpscaler, Packs } from '../packs-port.ts'
import { fakeGrid } from './fake-engine.ts'

/** A pack as `createFakeEngine` draws it. */
export function fakePack(id: string, changes: Partial<PackSummary> = {}): FoundPack {
  const summary: PackSummary = {
    id: id as PackId,
    name: `The ${id} pack`,
    version: '1.0.0',
    description: '',
    licence: 'Apache-2.0',
    attribution: [],
    sha256: 'ab'.repeat(32),
    bytes: 1000,
    precisions: ['fp32'],
    rows: fakeGrid.rows,
    columns: fakeGrid.columns,
    paletteRows: 0,
    paletteLevels: 0,
    imageVocabulary: fakeGrid.vocabulary,
    textLength: 32,
    pictureWidth: 4,
    pictureHeight: 6,
    canRank: true,
    canEncode: true,
    sampling: { temperature: 0.7, topK: 0, topP: 0.9, guidanceScale: 1.5, candidates: 4 },
    memory: { weightsBytes: 1000, cacheBytesPerRow: 10 },
    ...changes,
  }
  return { summary, folder: `/packs/${id}` }
}

/** An upscaler that doubles. */
export function fakeUpscaler(id: string, changes: Partial<UpscalerSummary> = {}): FoundUpscaler {
  const summary: UpscalerSummary = {
    id: id as PackId,
    name: `The ${id} upscaler`,
    version: '1.0.0',
    description: '',
    licence: 'MIT',
    attribution: ['Copyright (c) 2022 Somebody.'],
    sha256: 'cd'.repeat(32),
    bytes: 1000,
    scales: [2],
    memoryBytes: 1000,
    ...changes,
  }
  return { summary, folder: `/packs/${id}` }
}

export function createFakePacks(all: readonly FoundPack[], withUpscalers: readonly FoundUpscaler[] = []): Packs {
  let packs = all
  let upscalers = withUpscalers
  return {
    list: () => Promise.resolve(packs),
    listUpscalers: () => Promise.resolve(upscalers),
    listBroken: () => Promise.resolve([]),
    find(id) {
      const found = packs.find((pack) => pack.summary.id === id)
      if (found !== undefined) return Promise.resolve(found)
      const known = packs.map((pack) => pack.summary.id).join(', ') || 'none'
      return Promise.reject(new StudioError('packMissing', `There is no pack "${id}"; installed are: ${known}.`))
    },
    remove(id) {
      packs = packs.filter((pack) => pack.summary.id !== id)
      upscalers = upscalers.filter((pack) => pack.summary.id !== id)
      return Promise.resolve()
    },
  }
}
