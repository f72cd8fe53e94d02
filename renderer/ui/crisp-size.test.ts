import { expect, test } from 'vitest'

import { crispSize } from './crisp-size.ts'

test('pictures are shown at halves and wholes of their size, tiny ones at wholes, large ones as they fit', () => {
  expect([
    crispSize(700, 192),
    crispSize(200, 192),
    crispSize(700, 32),
    crispSize(700, 1024),
    crispSize(10, 192),
  ]).toEqual([672, 192, 672, 700, 64])
})
