import { expect, test } from 'vitest'

import { describeKeys } from './key-map.ts'

const layer = (number: number, shape = [4]) => ({
  target: `layers.${number}.norm.weight`,
  shape,
  sources: [`a.pt:blocks.${number}.ln1.weight`],
})

test('layers that are mapped alike share a line; what differs has its own', () => {
  expect(
    describeKeys([
      { target: 'head.weight', shape: [3, 2], sources: ['a.pt:head', 'a.pt:text'], note: 'stacked' },
      layer(0),
      layer(1),
      layer(2),
      layer(3, [5]),
      { target: 'final_norm.weight', shape: [2], sources: [], note: 'it has a bias only' },
    ]),
  ).toEqual([
    'head.weight [3, 2] ← a.pt:head + a.pt:text (stacked)',
    'layers.{0–2}.norm.weight [4] ← a.pt:blocks.{0–2}.ln1.weight',
    'layers.3.norm.weight [5] ← a.pt:blocks.3.ln1.weight',
    'final_norm.weight [2] ← nothing in the files (it has a bias only)',
  ])
})

test('layers that are mapped in turns are listed', () => {
  expect(describeKeys([layer(1), layer(5), layer(9)])).toEqual([
    'layers.{1, 5, 9}.norm.weight [4] ← a.pt:blocks.{1, 5, 9}.ln1.weight',
  ])
})
