import { expect, test, vi } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import { exampleGeneration, exampleGenerationId, examplePicture } from '../fake/examples.ts'
import { createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Runs } from './runs.svelte.ts'

function create(answers: Parameters<typeof createScriptedTransport>[0]) {
  const transport = createScriptedTransport(answers)
  const notices = new Notices()
  const runs = new Runs(new Connection(transport), notices, () => 5000)
  return { transport, notices, runs }
}

test('a job is queued, and its events reach it whichever comes first, event or answer', async () => {
  const { transport, runs } = create({
    generate: async () => {
      transport.emit({ type: 'generationQueued', generation: exampleGeneration() })
      transport.emit({ type: 'generationStarted', generationId: exampleGenerationId })
      return exampleGeneration()
    },
  })
  const run = await runs.start({ prompt: 'a red apple' })
  expect({ state: run.generation.state, startedAtMs: run.startedAtMs, queue: runs.queue }).toEqual({
    state: 'running',
    startedAtMs: 5000,
    queue: [run],
  })
})

test('a page opened in the middle of a run shows its rows and its finished pictures', async () => {
  const generation = exampleGeneration({ state: 'running', finishedCandidates: 1 })
  const { runs } = create({
    listQueue: async () => [{ generation, row: 4, rows: 12, previewVersion: 9 }],
    getGeneration: async () => ({ generation, pictures: [examplePicture(0)] }),
  })
  await runs.load()
  expect({
    rowsDone: runs.shown?.rowsDone,
    views: runs.shown?.candidates('clip').map((view) => [view.index, view.picture !== null, view.previewVersion]),
  }).toEqual({
    rowsDone: 4,
    views: [
      [0, true, null],
      [1, false, 9],
      [2, false, 9],
    ],
  })
})

test('after a loss of the link, a run that ended meanwhile is known to have ended', async () => {
  let isOver = false
  const generation = exampleGeneration({ state: 'running' })
  const { transport, runs } = create({
    listQueue: async () => (isOver ? [] : [{ generation, row: 0, rows: 0, previewVersion: 0 }]),
    getGeneration: async () => ({
      generation: exampleGeneration({ state: isOver ? 'finished' : 'running' }),
      pictures: isOver ? [examplePicture(0)] : [],
    }),
  })
  await runs.load()
  transport.setLink(false)
  isOver = true
  transport.setLink(true)
  await settle()
  expect({ queue: runs.queue, state: runs.shown?.generation.state, pictures: runs.shown?.pictures }).toEqual({
    queue: [],
    state: 'finished',
    pictures: [examplePicture(0)],
  })
})

test('a refused cancel is a notice, not an exception', async () => {
  const { runs, notices } = create({
    cancelGeneration: async () => {
      throw new StudioError('notFound', 'No generation has this id.')
    },
  })
  await runs.cancel(exampleGenerationId)
  expect(notices.items).toEqual([
    { number: 1, code: 'notFound', detail: 'No generation has this id.', isMended: false },
  ])
})

test('of 512 pictures that come at once the list changes once, and a tile gets another view only when it has changed', () => {
  vi.useFakeTimers()
  const transport = createScriptedTransport({})
  const runs = new Runs(new Connection(transport), new Notices(), () => 5000, 100)
  transport.emit({ type: 'generationQueued', generation: exampleGeneration({ candidates: 512 }) })
  const run = runs.find(exampleGenerationId)!
  const views = new Set<object>()
  let lists = 0
  let listed: unknown
  // What the page does between events: it lists the candidates when they are not those listed last.
  const look = () => {
    if (run.pictures === listed) return
    listed = run.pictures
    lists += 1
    for (const view of run.candidates('clip')) views.add(view)
  }
  look()
  for (let index = 0; index < 512; index += 1) {
    transport.emit({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(index) })
    look()
  }
  vi.advanceTimersByTime(100)
  look()
  vi.useRealTimers()
  expect([lists, views.size, run.pictures.length]).toEqual([2, 1024, 512])
})

test('a candidate that is finished while the run is read is not taken away by the answer', async () => {
  let answer = () => {}
  const before = exampleGeneration({ state: 'running', finishedCandidates: 1 })
  const { transport, runs } = create({
    listQueue: async () => [{ generation: before, row: 4, rows: 12, previewVersion: 9 }],
    getGeneration: () =>
      new Promise((resolve) => (answer = () => resolve({ generation: before, pictures: [examplePicture(1)] }))),
  })
  const loading = runs.load()
  await settle()
  transport.emit({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(0) })
  transport.emit({ type: 'generationEnded', generation: exampleGeneration({ state: 'cancelled' }) })
  answer()
  await loading
  const run = runs.find(exampleGenerationId)
  expect([run?.generation.state, run?.pictures.map(({ index }) => index)]).toEqual(['cancelled', [1, 0]])
})

test('of a queued run whose later candidates are finished, the earlier ones have previews', async () => {
  const generation = exampleGeneration({ state: 'running', finishedCandidates: 1 })
  const { runs } = create({
    listQueue: async () => [{ generation, row: 4, rows: 12, previewVersion: 9 }],
    getGeneration: async () => ({ generation, pictures: [examplePicture(2)] }),
  })
  await runs.load()
  expect(runs.shown?.candidates('index').map(({ previewVersion }) => previewVersion)).toEqual([9, 9, null])
})
