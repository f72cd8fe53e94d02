import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackManifest, Precision } from '#app/domain/pack.ts'
import { upscalerTile, type UpscalerManifest, type UpscalerModel } from '#app/domain/upscaler.ts'

import { cacheBytesPerRow } from './key-value-cache.ts'

/** ONNX Runtime keeps the file's weights and a packed copy of the matrices while it makes a session. */
const weightFactor = 2
/** Code, heap, activations and pictures in flight. */
const fixedBytes = 200 * 2 ** 20
/** Cache memory that one chunk of candidates may take. */
const maxCacheBytes = 2 ** 30

/** Bytes the pack needs to load and to decode `rows` sequences at once. */
export function memoryNeed(manifest: PackManifest, precision: Precision, weightBytes: number, rows: number): number {
  return fixedBytes + weightFactor * weightBytes + rows * cacheBytesPerRow(manifest, precision)
}

/**
 * Says before a load what it will take.
 * @throws StudioError outOfMemory with both figures when less is free
 */
export function checkMemory(
  manifest: PackManifest,
  precision: Precision,
  weightBytes: number,
  available = process.availableMemory(),
): void {
  refuseAbove(available, manifest.id, memoryNeed(manifest, precision, weightBytes, 2))
}

/**
 * The same of one model of an upscaler, with the tile it works on.
 * @throws StudioError outOfMemory with both figures when less is free
 */
export function checkUpscalerMemory(
  { id, files }: UpscalerManifest,
  { file, bytesPerPixel }: UpscalerModel,
  available = process.availableMemory(),
): void {
  const weights = weightFactor * (files[file]?.bytes ?? 0)
  refuseAbove(available, id, fixedBytes + weights + bytesPerPixel * upscalerTile ** 2)
}

function refuseAbove(available: number, id: PackId, need: number): void {
  if (need <= available) return
  throw new StudioError(
    'outOfMemory',
    `The pack "${id}" needs ${megabytes(need)} of memory and ${megabytes(available)} are free. ` +
      `Close other programs or choose a smaller pack.`,
  )
}

/**
 * Candidates decoded at once: as many as keep their caches within the budget, at most 32, where a larger batch gains
 * nothing (main/engine/README.md).
 * @param rowsPerCandidate 2 with guidance, else 1
 */
export function chunkSize(
  manifest: PackManifest,
  precision: Precision,
  rowsPerCandidate: number,
  available = process.availableMemory(),
): number {
  const budget = Math.min(maxCacheBytes, available / 2)
  const affordable = Math.floor(budget / (cacheBytesPerRow(manifest, precision) * rowsPerCandidate))
  return Math.max(1, Math.min(32, affordable))
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`
}
