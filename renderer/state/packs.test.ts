import { expect, test } from 'vitest'

import { exampleDetail, examplePack } from '../fake/examples.ts'
import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { hexOf } from './hex-of.ts'
import { Connection } from './connection.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Packs } from './packs.svelte.ts'

const detail = exampleDetail(1)
const square = { ...detail, rows: 13, columns: 12, width: 288, height: 288 }

async function packsWith(paletteRows: number, paletteLevels = 16) {
  const packs = new Packs(
    new Connection(
      createScriptedTransport({
        getStudioInfo: async () => ({
          version: '0',
          shell: 'browser',
          defaultPackId: examplePack.id,
          pictureCount: 0,
          isQueuePaused: false,
        }),
        listPacks: async () => [{ ...examplePack, sha256: detail.pack.sha256, paletteRows, paletteLevels }],
        listUpscalers: async () => [],
      }),
    ),
    new Notices(),
  )
  const unknown = packs.placesOf(square)
  await packs.load()
  const tokens = [15, 16, 32, 48, 64, 80, 111, 127, 143, 0, 0, 0, 900]
  const colours = packs.coloursOf({ ...square, tokens })
  return { unknown, known: packs.placesOf(square), colours: colours.map(hexOf) }
}

test('the pack says which rows carry colours; without it, the shape of the picture does', async () => {
  expect([await packsWith(0, 0), await packsWith(1)]).toEqual([
    { unknown: { rows: 12, columns: 12, first: 12 }, known: { rows: 13, columns: 12, first: 0 }, colours: [] },
    {
      unknown: { rows: 12, columns: 12, first: 12 },
      known: { rows: 12, columns: 12, first: 12 },
      colours: ['#ff0000', '#000000', '#ffffff'],
    },
  ])
})

test('a grid that fills its picture, or has cells that are not square, has no palette', () => {
  const packs = new Packs(new Connection(createScriptedTransport({})), new Notices())
  expect([
    packs.placesOf({ ...square, rows: 12 }),
    packs.placesOf({ ...square, width: 300 }),
    packs.placesOf({ ...square, rows: 2, columns: 6 }),
  ]).toEqual([
    { rows: 12, columns: 12, first: 0 },
    { rows: 13, columns: 12, first: 0 },
    { rows: 2, columns: 6, first: 0 },
  ])
})
