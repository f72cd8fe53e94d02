import { precisionsOf, type PackSummary } from '#app/domain/pack.ts'
import { upscalerTile, type UpscalerSummary } from '#app/domain/upscaler.ts'

import type { ValidPack, ValidUpscaler } from '../validate/validate-pack.ts'

/** A pack as lists show it. */
export function summarisePack({ manifest, sha256, bytes }: ValidPack): PackSummary {
  const { sessions, image, picture } = manifest
  return {
    id: manifest.id,
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    licence: manifest.licence,
    attribution: manifest.attribution,
    sha256,
    bytes,
    precisions: precisionsOf(manifest),
    rows: image.rows,
    columns: image.columns,
    paletteRows: image.paletteRows ?? 0,
    paletteLevels: image.paletteLevels ?? 0,
    imageVocabulary: image.vocabulary,
    textLength: manifest.text.length,
    pictureWidth: picture.width,
    pictureHeight: picture.height,
    canRank: sessions.clipText !== undefined && sessions.clipImage !== undefined,
    canEncode: sessions.vaeEncoder !== undefined,
    sampling: manifest.sampling,
    ...(manifest.words === undefined ? {} : { words: manifest.words }),
    memory: manifest.memory,
  }
}

/** An upscaler as lists show it. */
export function summariseUpscaler({ manifest, sha256, bytes }: ValidUpscaler): UpscalerSummary {
  const { id, name, version, description, licence, attribution, models, memory } = manifest
  const tiles = models.map(({ bytesPerPixel }) => bytesPerPixel * upscalerTile ** 2)
  return {
    ...{ id, name, version, description, licence, attribution, sha256, bytes },
    scales: models.map(({ scale }) => scale),
    memoryBytes: memory.weightsBytes + Math.max(...tiles),
  }
}
