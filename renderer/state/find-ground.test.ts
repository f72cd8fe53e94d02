import { expect, test } from 'vitest'

import { findGround } from './find-ground.ts'

/** A picture of letters: white, nearly white, red, blue. */
function paint(rows: readonly string[]) {
  const colours: Readonly<Record<string, readonly number[]>> = {
    w: [250, 250, 250, 255],
    n: [254, 250, 246, 255],
    r: [200, 0, 0, 255],
    b: [0, 0, 200, 255],
  }
  const rgba = [...rows.join('')].flatMap((letter) => colours[letter] ?? [])
  return [Uint8ClampedArray.from(rgba), rows[0]?.length ?? 0, rows.length] as const
}

test('the ground is what most of the border is, whatever stands in a corner or in the middle', () => {
  const pictures = [['rwww', 'wbbw', 'wbbw', 'wwwr'], ['nnww', 'wrrn', 'nrrw', 'wwnn'], ['r']]
  expect(pictures.map((rows) => findGround(...paint(rows)))).toEqual([
    [250, 250, 250],
    [252, 250, 248],
    [200, 0, 0],
  ])
  expect(findGround(new Uint8ClampedArray(), 0, 0)).toEqual([255, 255, 255])
})
