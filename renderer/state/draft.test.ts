import { expect, test } from 'vitest'

import type { PictureId } from '#app/domain/ids.ts'
import { exampleGeneration, examplePack } from '../fake/examples.ts'
import { createMemoryKeeper, createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Draft } from './draft.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Packs } from './packs.svelte.ts'
import { TokenMeter } from './token-meter.svelte.ts'

async function create(keeper = createMemoryKeeper()) {
  const transport = createScriptedTransport({
    getStudioInfo: async () => ({ version: '0', shell: 'browser', defaultPackId: examplePack.id, pictureCount: 0 }),
    listPacks: async () => [examplePack],
    listUpscalers: async () => [],
    tokenizePrompt: async ({ prompt }) => ({ count: 1, limit: 32, tokens: [prompt], kept: prompt }),
  })
  const connection = new Connection(transport)
  const packs = new Packs(connection, new Notices())
  await packs.load()
  return new Draft(packs, new TokenMeter(connection.api), keeper)
}

test('settings are those of the pack until changed, and again after a reset', async () => {
  const draft = await create()
  const own = draft.settings
  draft.set({ temperature: 1.3, topK: 0 })
  const changed = [draft.settings, draft.isChanged]
  draft.set({ temperature: 0.7 })
  expect({ own, changed, back: [draft.settings, draft.isChanged] }).toEqual({
    own: examplePack.sampling,
    changed: [{ ...examplePack.sampling, temperature: 1.3 }, true],
    back: [examplePack.sampling, false],
  })
})

test('variables become one request for each prompt', async () => {
  const draft = await create()
  draft.prompt = 'a {red|blue} cube'
  draft.seed = 7
  const { candidates, ...settings } = examplePack.sampling
  const request = { packId: 'starter', seed: 7, candidates, settings, imagePrompt: undefined }
  expect(draft.requests()).toEqual([
    { ...request, prompt: 'a red cube' },
    { ...request, prompt: 'a blue cube' },
  ])
})

test('nothing can be generated from an empty prompt or too many', async () => {
  const draft = await create()
  const can = ['   ', 'a cat', '{a cat|}', '{a|b|c|d}{a|b|c|d}{a|b|c|d}{a|b}'].map((prompt) => {
    draft.prompt = prompt
    return draft.canGenerate
  })
  expect(can).toEqual([false, true, false, false])
})

test('copying a run takes over everything that made it', async () => {
  const draft = await create()
  const imagePrompt = {
    pictureId: '0198a4c0-0002-7000-8000-000000000001' as PictureId,
    keep: { kind: 'rows', rows: 1 },
  } as const
  draft.copyFrom(exampleGeneration({ settings: { temperature: 1, topK: 5, topP: 1, guidanceScale: 3 }, imagePrompt }))
  expect(draft.requests()).toEqual([
    {
      prompt: 'a red apple',
      packId: 'starter',
      seed: 7,
      candidates: 3,
      settings: { temperature: 1, topK: 5, topP: 1, guidanceScale: 3 },
      imagePrompt,
    },
  ])
})

test('prompt, changes, seed and presets are there when the page comes back', async () => {
  const keeper = createMemoryKeeper()
  const draft = await create(keeper)
  draft.prompt = 'a cat'
  draft.seed = 11
  draft.set({ topK: 40 })
  draft.savePreset('forty')
  draft.reset()
  const again = await create(keeper)
  again.applyPreset('forty')
  expect([again.prompt, again.seed, again.settings.topK, again.presets]).toEqual([
    'a cat',
    11,
    40,
    [{ name: 'forty', settings: { topK: 40 } }],
  ])
})

test('what is kept but makes no sense is forgotten', async () => {
  const keeper = createMemoryKeeper()
  keeper.setItem('easel.draft', '{"prompt":7}')
  expect((await create(keeper)).prompt).toBe('')
})

test('a prompt that variables make too long is refused in words', async () => {
  const draft = await create()
  draft.prompt = `{${'red '.repeat(400)}|blue} ${'cat '.repeat(700)}`
  expect(() => draft.requests()).toThrow(expect.objectContaining({ code: 'invalidRequest' }))
})
