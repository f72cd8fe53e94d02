import { expect, test } from 'vitest'

import { allScenes } from './all-scenes.ts'
import type { Concept } from './concepts.ts'
import type { Cutout } from './scenes.ts'

const names = ['cat', 'dog', 'car', 'sun', 'hat', 'key', 'bus', 'pig', 'cup', 'bed', 'fox', 'owl']
const concepts: readonly Concept[] = names.map((name) => ({ id: name, icon: name, names: [name], wave: 1 }))
const cutouts: readonly Cutout[] = names.flatMap((concept) =>
  [null, 'red', 'blue'].map((tint) => ({ concept, style: 'noto', tint, color: tint })),
)
const { scenes, heldOutObjectPairs } = allScenes(1, concepts, cutouts, 'wide')
const conceptAt = (index: number): string => cutouts[index]?.concept ?? ''

test('a pair of objects that is held out is in no relation of training, in neither order', () => {
  const apart = new Set(heldOutObjectPairs.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]))
  const relations = scenes.filter(({ kind }) => kind === 'relation')
  const splits = (isApart: boolean): ReadonlySet<string> =>
    new Set(
      relations
        .filter(({ objects }) => apart.has(objects.map(({ cutout }) => conceptAt(cutout)).join(' ')) === isApart)
        .map(({ split }) => split),
    )
  expect(splits(true)).toEqual(new Set(['held-out']))
  expect(splits(false)).toContain('train')
})

test('panels in a colour that is held out for the object are held out', () => {
  const panels = scenes.filter(({ kind }) => kind === 'panels-colour')
  expect(panels).toHaveLength(2 * names.length)
  for (const { split, objects } of panels) {
    const [top, bottom] = objects.map(({ cutout }) => cutouts[cutout])
    const isHeldOut = scenes.some(
      (scene) =>
        scene.kind === 'tint-white' && scene.split === 'held-out' && scene.objects[0]?.cutout === objects[1]?.cutout,
    )
    expect({ top: top?.tint, isSame: top?.concept === bottom?.concept, split }).toEqual({
      top: null,
      isSame: true,
      split: isHeldOut ? 'held-out' : 'train',
    })
  }
})

test('panels under a given picture never name a colour that is held out for the object', () => {
  const prompted = scenes.filter(({ kind }) => kind === 'prompted-colour')
  expect(prompted).toHaveLength(2 * names.length)
  const heldOut = new Set(
    scenes
      .filter(({ kind, split }) => kind === 'tint-white' && split === 'held-out')
      .map(({ objects }) => objects[0]?.cutout),
  )
  expect(heldOut.size).toBeGreaterThan(0)
  for (const { split, objects } of prompted) {
    expect(split).toBe(objects.some(({ cutout }) => heldOut.has(cutout)) ? 'held-out' : 'train')
  }
})
