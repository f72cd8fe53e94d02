import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { treatments } from '../dataset/treatments.ts'

import { findLookAlikes, type CutoutLabel } from './look-alikes.ts'

const side = 32

/** An opaque black rectangle on nothing. */
function rectangle(left: number, top: number, right: number, bottom: number): Uint8Array {
  const rgba = new Uint8Array(side * side * 4)
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) rgba[(y * side + x) * 4 + 3] = 255
  return rgba
}

test('what looks the same when turned is found, for each way of turning', () => {
  const shapes = {
    'to the left': rectangle(2, 8, 10, 24),
    above: rectangle(8, 2, 24, 10),
    'in a corner': rectangle(2, 2, 10, 10),
    'in the middle': rectangle(8, 8, 24, 24),
  }
  const folder = mkdtempSync(join(tmpdir(), 'easel-look-alikes-'))
  const labels: CutoutLabel[] = []
  const pictures: Uint8Array[] = []
  for (const [concept, picture] of Object.entries(shapes)) {
    labels.push({ concept, style: 'plain', tint: null })
    pictures.push(picture)
    for (const { id, apply } of treatments.filter(({ id }) => id === 'mirrored' || id === 'upside-down')) {
      labels.push({ concept, style: 'plain', tint: null, treatment: id })
      pictures.push(apply(picture, side))
    }
  }
  try {
    const path = join(folder, 'cutouts.rgba')
    writeFileSync(path, Buffer.concat(pictures))
    expect(findLookAlikes(path, side, labels)).toEqual({
      mirrored: ['above', 'in the middle'],
      'upside-down': ['to the left', 'in the middle'],
    })
    writeFileSync(path, Buffer.concat(pictures.slice(1)))
    expect(() => findLookAlikes(path, side, labels)).toThrow('ends before picture')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
