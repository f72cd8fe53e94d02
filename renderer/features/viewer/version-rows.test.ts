import { expect, test } from 'vitest'

import type { GenerationId } from '#app/domain/ids.ts'
import type { PictureVersion } from '#app/domain/picture.ts'
import { examplePicture } from '#renderer/fake/examples.ts'

import { stepInVersions, versionRows } from './version-rows.ts'

const run = (number: number) => `0198a4c0-0001-7000-8000-00000000000${number}` as GenerationId

/** Pictures are named by their numbers; a run of four, of which number 2 was gone on from, and a run of one. */
function version(number: number, parent: number | null, generation: number, prompt: string): PictureVersion {
  const picture = examplePicture(number, { generationId: run(generation), prompt, clipScore: number === 3 ? 0.9 : 0.1 })
  const parentId = parent === null ? null : examplePicture(parent).id
  return { pictureId: picture.id, parentId, picture }
}
const versions = [
  version(0, null, 0, 'a house'),
  ...[1, 2, 3, 4].map((number) => version(number, 0, 1, 'a red house')),
  version(5, 2, 2, 'a red house'),
  version(6, 0, 3, 'a house at night'),
]
const current = examplePicture(6).id
const told = (opened: readonly GenerationId[] = []) =>
  versionRows(versions, current, new Set(opened)).map((row) =>
    row.kind === 'folded'
      ? [row.level, `${row.count} more`]
      : [row.level, row.picture.index, row.hasChildren, row.hasOwnWords],
  )

test('of a run the best, the one looked at and those gone on from; the others folded behind them', () => {
  expect(told()).toEqual([
    [1, 0, true, true],
    [2, 2, true, true],
    [3, 5, false, false],
    [2, 3, false, true],
    [2, '2 more'],
    [2, 6, false, true],
  ])
})

test('an opened run shows all of it', () => {
  expect(told([run(1)]).map(([level, number]) => [level, number])).toEqual([
    [1, 0],
    [2, 1],
    [2, 2],
    [3, 5],
    [2, 3],
    [2, 4],
    [2, 6],
  ])
})

test('arrows walk: down and up the rows, left to the parent, right to a child', () => {
  const rows = versionRows(versions, current, new Set())
  const steps = ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'x']
  expect(rows.map((_, place) => steps.map((key) => stepInVersions(key, place, rows)))).toEqual([
    [1, undefined, undefined, 1, 0, 5, undefined],
    [2, 0, 0, 2, 0, 5, undefined],
    [3, 1, 1, undefined, 0, 5, undefined],
    [4, 2, 0, undefined, 0, 5, undefined],
    [5, 3, 0, undefined, 0, 5, undefined],
    [undefined, 4, 0, undefined, 0, 5, undefined],
  ])
})
