import { precisions, type PackSummary } from '#app/domain/pack.ts'

import type { ValidPack } from '../validate/validate-pack.ts'

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
    precisions: precisions.filter((precision) => sessions.transformer[precision] !== undefined),
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
