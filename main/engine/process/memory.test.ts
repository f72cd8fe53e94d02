import { describe, expect, it } from 'vitest'

import type { PackManifest } from '#app/domain/pack.ts'
import { paperAttention } from '#app/kernels/attention-masks.ts'

import { cacheBytesPerRow } from './key-value-cache.ts'
import { checkMemory, chunkSize, memoryNeed } from './memory.ts'

/** The paper's 12-billion-parameter model (App. B). */
const paper = {
  id: 'paper',
  text: { length: 256 },
  image: { rows: 32, columns: 32 },
  transformer: { layers: 64, heads: 62, headDim: 64, attention: paperAttention(64) },
} as unknown as PackManifest
const mib = 2 ** 20

describe('memory', () => {
  it('knows the cache of a row', () => {
    expect(cacheBytesPerRow(paper, 'fp32', 'full')).toBe(2 * 64 * 62 * 64 * 1280 * 4)
    // 47 row layers, 16 column layers, 1 convolutional.
    const slots = 47 * (256 + 33) + 16 * (256 + 32 + 1024) + (256 + 61 + 1024)
    expect(cacheBytesPerRow(paper, 'fp32')).toBe(2 * slots * 62 * 64 * 4)
    expect(cacheBytesPerRow(paper, 'int8')).toBe(2 * slots * 62 * 64 * 4)
    expect(cacheBytesPerRow(paper, 'int8-cache')).toBe(2 * slots * 62 * 64)
  })
  it('names both figures when a pack does not fit', () => {
    const need = Math.ceil(memoryNeed(paper, 'fp32', 48e9, 2) / mib)
    expect(() => checkMemory(paper, 'fp32', 48e9, 16_000 * mib)).toThrow(
      `The pack "paper" needs ${need} MiB of memory and 16000 MiB are free.`,
    )
    expect(() => checkMemory(paper, 'fp32', 48e9, (need + 1) * mib)).not.toThrow()
  })
  it('makes chunks that fit, at least one candidate and at most 32', () => {
    const small = {
      ...paper,
      transformer: { heads: 8, headDim: 32, attention: Array(6).fill('dense') },
    } as unknown as PackManifest
    expect(chunkSize(small, 'fp32', 2, 16_000 * mib)).toBe(32)
    expect(chunkSize(small, 'fp32', 2, 300 * mib)).toBe(Math.floor((150 * mib) / (2 * cacheBytesPerRow(small, 'fp32'))))
    expect(chunkSize(paper, 'fp32', 2, 16_000 * mib)).toBe(1)
  })
})
