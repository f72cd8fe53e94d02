import { closeSync, openSync, readSync } from 'node:fs'

import type { TreatmentId } from '../dataset/treatments.ts'

/** What dataset.json says of one picture of cutouts.rgba. */
export interface CutoutLabel {
  readonly concept: string
  readonly style: string
  readonly tint: string | null
  readonly treatment?: string
}

/** Treatments that turn a picture; the others always change how it looks. */
type Turning = Extract<TreatmentId, 'mirrored' | 'upside-down'>

/** Cells a side of the thumbnails that are compared. */
const cells = 16

/** From this correlation on a person asks which of two pictures is the turned one. */
const alike = 0.8

/** Grey of `side`×`side` straight-alpha pixels over white, in `cells`×`cells` means, with mean 0 and length 1. */
function thumbnail(rgba: Uint8Array, side: number): Float64Array {
  const sums = new Float64Array(cells * cells)
  for (let y = 0; y < side; y++) {
    const row = Math.floor((y * cells) / side) * cells
    for (let x = 0; x < side; x++) {
      const i = (y * side + x) * 4
      const ink = 765 - (rgba[i] ?? 0) - (rgba[i + 1] ?? 0) - (rgba[i + 2] ?? 0)
      const cell = row + Math.floor((x * cells) / side)
      sums[cell] = (sums[cell] ?? 0) - ink * (rgba[i + 3] ?? 0)
    }
  }
  const mean = sums.reduce((sum, value) => sum + value, 0) / sums.length
  const length = Math.hypot(...sums.map((value) => value - mean)) || 1
  return sums.map((value) => (value - mean) / length)
}

/**
 * Concepts whose turned pictures look like one of their pictures as they stand, in any style: a front view of a bear, mirrored.
 * Reads the natural and the turned pictures of `path`, which holds one of `side`×`side` RGBA for every label.
 */
export function findLookAlikes(
  path: string,
  side: number,
  labels: readonly CutoutLabel[],
): Readonly<Record<Turning, readonly string[]>> {
  const file = openSync(path, 'r')
  const rgba = new Uint8Array(side * side * 4)
  const read = (index: number): Float64Array => {
    if (readSync(file, rgba, 0, rgba.length, index * rgba.length) !== rgba.length)
      throw new Error(`${path} ends before picture ${index} of ${labels.length}.`)
    return thumbnail(rgba, side)
  }
  try {
    const of = (isWanted: (label: CutoutLabel) => boolean): Map<string, Float64Array[]> => {
      const found = new Map<string, Float64Array[]>()
      labels.forEach((label, i) => {
        if (isWanted(label)) found.set(label.concept, [...(found.get(label.concept) ?? []), read(i)])
      })
      return found
    }
    const upright = of(({ tint, treatment }) => tint === null && treatment === undefined)
    const find = (id: Turning): readonly string[] =>
      [...of(({ treatment }) => treatment === id)]
        .filter(([concept, pictures]) =>
          pictures.some((picture) =>
            (upright.get(concept) ?? []).some(
              (other) => other.reduce((sum, value, i) => sum + value * (picture[i] ?? 0), 0) > alike,
            ),
          ),
        )
        .map(([concept]) => concept)
    return { mirrored: find('mirrored'), 'upside-down': find('upside-down') }
  } finally {
    closeSync(file)
  }
}
