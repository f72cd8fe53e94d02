import { describe, expect, it } from 'vitest'

import { attentionKinds } from '../domain/pack.ts'
import { isVisible } from './attention-masks.ts'
import { compactLayout, type SlotMove } from './compact-cache.ts'
import type { TokenGeometry } from './token-geometry.ts'

/** Runs every step on slots that hold positions instead of keys. @returns what each cell sees, sorted */
function positionsRead(kind: (typeof attentionKinds)[number], geometry: TokenGeometry): number[][] {
  const layout = compactLayout(kind, geometry)
  if (layout === null) return []
  const { textLength, rows, columns } = geometry
  const slots = new Int32Array(layout.slots).fill(-1)
  for (let position = 0; position < textLength; position++) slots[position] = position
  const move = ({ from, to, length }: SlotMove): unknown => slots.copyWithin(to, from, from + length)
  return Array.from({ length: rows * columns }, (_, cell) => {
    const { keys, before, after } = layout.stepAt(cell)
    before.forEach(move)
    slots[keys - 1] = textLength + cell
    const read = Array.from(slots.subarray(0, keys)).sort((a, b) => a - b)
    after.forEach(move)
    return read
  })
}

function positionsVisible(kind: (typeof attentionKinds)[number], geometry: TokenGeometry): number[][] {
  const { textLength, rows, columns } = geometry
  return Array.from({ length: rows * columns }, (_, cell) =>
    Array.from({ length: textLength + cell + 1 }, (_, position) => position).filter((position) =>
      isVisible(kind, geometry, textLength + cell, position),
    ),
  )
}

const sparse = attentionKinds.filter((kind) => kind !== 'dense')

describe('compactLayout', () => {
  it.each(sparse)('%s: a step reads the keys its mask shows, and no others', (kind) => {
    for (const geometry of [
      { textLength: 3, rows: 14, columns: 13 },
      { textLength: 1, rows: 5, columns: 4 },
      { textLength: 2, rows: 1, columns: 7 },
    ]) {
      expect(positionsRead(kind, geometry)).toEqual(positionsVisible(kind, geometry))
    }
  })

  it('reads the paper’s 256 text positions and at most 33, 32 and 61 of its 1024 cells', () => {
    const geometry = { textLength: 256, rows: 32, columns: 32 }
    const most = (['row', 'column', 'convolution'] as const).map((kind) => {
      const layout = compactLayout(kind, geometry)
      return Math.max(...Array.from({ length: 1024 }, (_, cell) => layout?.stepAt(cell).keys ?? 0)) - 256
    })
    expect(most).toEqual([33, 32, 61])
    expect(compactLayout('row', geometry)?.slots).toBe(289)
  })

  it('leaves dense layers as they are', () => {
    expect(compactLayout('dense', { textLength: 1, rows: 2, columns: 2 })).toBeNull()
  })
})
