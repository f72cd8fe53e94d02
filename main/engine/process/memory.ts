import type { PackManifest } from '#app/domain/pack.ts'
import { StudioError } from '#app/contract/errors.ts'

import { cacheBytesPerRow } from './key-value-cache.ts'

/** ONNX Runtime keeps the file's weights and a packed copy of the matrices while it makes a session. */
const weightFactor = 2
/** Code, heap, activations and pictures in flight. */
const fixedBytes = 200 * 2 ** 20
/** Cache memory that one chunk of candidates may take. */
const maxCacheBytes = 2 ** 30

/** Bytes the pack needs to load and to decode `rows` sequences at once. */
export function memoryNeed(manifest: PackManifest, weightBytes: number, rows: number): number {
  return fixedBytes + weightFactor * weightBytes + rows * cacheBytesPerRow(manifest)
}

/**
 * Says before a load what it will take.
 * @throws StudioError outOfMemory with both figures when less is free
 */
export function checkMemory(manifest: PackManifest, weightBytes: number, available = process.availableMemory()): void {
  const need = memoryNeed(manifest, weightBytes, 2)
  if (need > available) {
    throw new StudioError(
      'outOfMemory',
      `The pack "${manifest.id}" needs ${megabytes(need)} of memory and ${megabytes(available)} are free. ` +
        `Close other programs or choose a smaller pack.`,
    )
  }
}

/**
 * Candidates decoded at once: as many as keep their caches within the budget, at most 32, where a larger batch gains
 * nothing (main/engine/README.md).
 * @param rowsPerCandidate 2 with guidance, else 1
 */
export function chunkSize(
  manifest: PackManifest,
  rowsPerCandidate: number,
  available = process.availableMemory(),
): number {
  const budget = Math.min(maxCacheBytes, available / 2)
  const affordable = Math.floor(budget / (cacheBytesPerRow(manifest) * rowsPerCandidate))
  return Math.max(1, Math.min(32, affordable))
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`
}
