import { expect, test } from 'vitest'

import type { PackSummary } from '#app/domain/pack.ts'

import { exampleDetail, examplePack } from '../fake/examples.ts'
import { createMemoryKeeper, createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Draft } from './draft.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Packs } from './packs.svelte.ts'
import { Panels } from './panels.svelte.ts'
import { TokenMeter } from './token-meter.svelte.ts'
import { Viewer } from './viewer.svelte.ts'

const source = { ...exampleDetail(1), prompt: 'a cat in/out' }
const encoded = exampleDetail(2)

async function create(pack: PackSummary, importPicture = async () => ({ picture: encoded, psnr: 30 })) {
  const transport = createScriptedTransport({
    getStudioInfo: async () => ({
      version: '0',
      shell: 'browser',
      defaultPackId: pack.id,
      pictureCount: 0,
      isQueuePaused: false,
    }),
    listPacks: async () => [pack],
    listUpscalers: async () => [],
    tokenizePrompt: async () => ({ count: 1, limit: 32, tokens: ['a'], kept: 'a' }),
    importPicture,
  })
  const connection = new Connection(transport)
  const notices = new Notices()
  const packs = new Packs(connection, notices)
  await packs.load()
  const draft = new Draft(packs, new TokenMeter(connection.api), createMemoryKeeper())
  const drawn: string[] = []
  const panels = new Panels(connection, notices, draft, new Viewer(connection, notices), async (url) => {
    drawn.push(url)
    return new Blob(['pixels'])
  })
  return { panels, draft, drawn, notices, transport }
}

test('what is composed is looked at first, then encoded, and its upper half stays', async () => {
  const { panels, draft, drawn, transport } = await create({ ...examplePack, rows: 13, columns: 12, paletteRows: 1 })
  await panels.open(source)
  const before = [panels.prompt, panels.previewUrl?.startsWith('blob:'), panels.rowsKept, drawn.length]
  panels.subject = 'a red car'
  panels.change = panels.changes.find((change) => change.kind === 'color' && change.color === 'blue') ?? null
  const isUsed = await panels.use()
  expect([before, isUsed]).toEqual([
    ['the exact same cat in/out on the top as a sketch on the bottom', true, 6, 1],
    true,
  ])
  expect(transport.calls.filter(({ name }) => name === 'importPicture')).toEqual([
    { name: 'importPicture', payload: { name: 'a red car.png', base64: btoa('pixels'), packId: examplePack.id } },
  ])
  expect([draft.prompt, draft.imagePrompt, panels.picture, panels.previewUrl]).toEqual([
    'the exact same red car on the top in blue on the bottom',
    { pictureId: encoded.id, keep: { kind: 'rows', rows: 6 }, isPaletteKept: false },
    null,
    null,
  ])
})

test('nothing is said of colours where there is no palette', async () => {
  const { panels, draft } = await create(examplePack)
  await panels.open(source)
  await panels.use()
  expect(draft.imagePrompt).toEqual({ pictureId: encoded.id, keep: { kind: 'rows', rows: 1 } })
})

test('a picture that cannot be encoded changes nothing, and one that nobody named is not used', async () => {
  const refused = await create(examplePack, () => Promise.reject(new Error('full')))
  await refused.panels.open(source)
  const isUsed = await refused.panels.use()
  expect([isUsed, refused.draft.imagePrompt, refused.panels.picture?.id, refused.notices.items.length]).toEqual([
    false,
    null,
    source.id,
    1,
  ])
  refused.panels.subject = '  '
  expect(refused.panels.canUse).toBe(false)
})
