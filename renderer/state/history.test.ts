import { expect, test, vi } from 'vitest'

import type { GenerationId } from '#app/domain/ids.ts'
import { exampleGeneration } from '../fake/examples.ts'
import { createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { History } from './history.svelte.ts'
import { Notices } from './notices.svelte.ts'

const generation = (number: number, prompt = `prompt ${number}`) =>
  exampleGeneration({ id: `0198a4c0-0001-7000-8000-00000000000${number}` as GenerationId, prompt })

function create() {
  const transport = createScriptedTransport({
    listGenerations: async ({ query, cursor }) => {
      if (query === 'cat') return { items: [generation(5, 'a cat')], nextCursor: null }
      return cursor === 'next'
        ? { items: [generation(1)], nextCursor: null }
        : { items: [generation(3), generation(2)], nextCursor: 'next' }
    },
  })
  return { transport, history: new History(new Connection(transport), new Notices()) }
}
const prompts = (history: History) => history.items.map((item) => item.prompt)

test('pages follow each other, and a new run goes on top', async () => {
  const { transport, history } = create()
  await history.load()
  const first = [prompts(history), history.hasMore]
  await history.loadMore()
  transport.emit({ type: 'generationQueued', generation: generation(4) })
  transport.emit({ type: 'generationEnded', generation: { ...generation(4), state: 'finished' } })
  expect({ first, then: prompts(history), hasMore: history.hasMore, top: history.items[0]?.state }).toEqual({
    first: [['prompt 3', 'prompt 2'], true],
    then: ['prompt 4', 'prompt 3', 'prompt 2', 'prompt 1'],
    hasMore: false,
    top: 'finished',
  })
})

test('a search waits for a pause in typing and asks once', async () => {
  vi.useFakeTimers()
  const { transport, history } = create()
  await history.load()
  history.query = 'c'
  history.query = 'ca'
  history.query = 'cat'
  vi.runAllTimers()
  vi.useRealTimers()
  await settle()
  expect({ found: prompts(history), asked: transport.calls.slice(1) }).toEqual({
    found: ['a cat'],
    asked: [{ name: 'listGenerations', payload: { query: 'cat', cursor: null, limit: 60 } }],
  })
})

test('what happens while a page is read stays, whichever comes first', async () => {
  let answer = () => {}
  const items = [{ ...generation(2), state: 'running' as const }]
  const transport = createScriptedTransport({
    listGenerations: ({ cursor }) =>
      new Promise((resolve) => {
        answer = () =>
          resolve(cursor === 'next' ? { items: [generation(1)], nextCursor: null } : { items, nextCursor: 'next' })
      }),
  })
  const history = new History(new Connection(transport), new Notices())
  const states = () => history.items.map(({ prompt, state }) => `${prompt}: ${state}`)
  const loading = history.load()
  transport.emit({ type: 'generationQueued', generation: { ...generation(3), state: 'queued' } })
  transport.emit({ type: 'generationEnded', generation: { ...generation(2), state: 'finished' } })
  answer()
  await loading
  const first = states()
  const more = history.loadMore()
  transport.emit({ type: 'generationQueued', generation: { ...generation(4), state: 'queued' } })
  transport.emit({ type: 'generationStarted', generationId: generation(3).id })
  answer()
  await more
  expect([first, states()]).toEqual([
    ['prompt 3: queued', 'prompt 2: finished'],
    ['prompt 4: queued', 'prompt 3: running', 'prompt 2: finished', 'prompt 1: queued'],
  ])
})
