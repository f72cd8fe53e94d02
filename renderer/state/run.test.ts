import { expect, test } from 'vitest'

import { exampleGeneration, exampleGenerationId, examplePicture } from '../fake/examples.ts'
import { Run } from './run.svelte.ts'

const row = (number: number) =>
  ({
    type: 'rowFinished',
    generationId: exampleGenerationId,
    first: 0,
    count: 3,
    row: number,
    rows: 2,
    version: number + 1,
  }) as const

test('a run goes from waiting through previews to ranked pictures', () => {
  const run = new Run(exampleGeneration())
  const seen: unknown[] = []
  const look = () =>
    seen.push([
      run.generation.state,
      run.rowsDone,
      run.candidates('clip').map((view) => [view.index, view.rank, view.previewVersion]),
    ])

  look()
  run.apply({ type: 'generationStarted', generationId: exampleGenerationId }, 1000)
  run.apply(row(0), 2000)
  look()
  run.apply(row(1), 3000)
  run.apply({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(1) }, 3100)
  run.apply({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(2) }, 3200)
  look()
  run.apply({ type: 'generationEnded', generation: exampleGeneration({ state: 'cancelled' }) }, 3300)
  look()

  expect({ seen, startedAtMs: run.startedAtMs, isEnded: run.isEnded }).toEqual({
    seen: [
      [
        'queued',
        0,
        [
          [0, null, null],
          [1, null, null],
          [2, null, null],
        ],
      ],
      [
        'running',
        1,
        [
          [0, null, 1],
          [1, null, 1],
          [2, null, 1],
        ],
      ],
      [
        'running',
        2,
        [
          [2, 1, null],
          [1, 2, null],
          [0, null, 2],
        ],
      ],
      [
        'cancelled',
        2,
        [
          [2, 1, null],
          [1, 2, null],
        ],
      ],
    ],
    startedAtMs: 1000,
    isEnded: true,
  })
})

test('progress grows with rows, then with finished candidates, and ends at one', () => {
  const run = new Run(exampleGeneration())
  const progress = [run.progress]
  for (const event of [row(0), row(1)]) {
    run.apply(event, 0)
    progress.push(run.progress)
  }
  for (const index of [0, 1, 2]) {
    run.apply({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(index) }, 0)
    progress.push(run.progress)
  }
  run.apply({ type: 'generationEnded', generation: exampleGeneration({ state: 'finished' }) }, 0)
  progress.push(run.progress)
  expect(progress).toEqual([...progress].sort((a, b) => a - b))
  expect([progress[0], progress.at(-1), new Set(progress.slice(0, -1)).size]).toEqual([0, 1, 6])
})

test('the same candidate told twice is shown once', () => {
  const run = new Run(exampleGeneration())
  const event = { type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(0) } as const
  run.apply(event, 0)
  run.apply(event, 0)
  expect(run.pictures).toEqual([examplePicture(0)])
})

test('each order ranks its own way; without CLIP the surest comes first', () => {
  const run = new Run(exampleGeneration({ state: 'finished' }))
  const order = (name: 'clip' | 'perplexity' | 'index') => run.candidates(name).map((view) => view.index)
  run.update(exampleGeneration({ state: 'finished' }), [
    examplePicture(0, { clipScore: 0.1, perplexity: 10 }),
    examplePicture(1, { clipScore: 0.3, perplexity: 30 }),
    examplePicture(2, { clipScore: 0.2, perplexity: 5 }),
  ])
  const scored = [order('clip'), order('perplexity'), order('index')]
  run.update(exampleGeneration({ state: 'finished' }), [
    examplePicture(0, { clipScore: null, perplexity: 10 }),
    examplePicture(1, { clipScore: null, perplexity: 5 }),
  ])
  expect([...scored, order('clip')]).toEqual([
    [1, 2, 0],
    [2, 0, 1],
    [0, 1, 2],
    [1, 0],
  ])
})

test('a candidate that has not changed is the same view in the next list', () => {
  const run = new Run(exampleGeneration({ candidates: 512 }))
  const list = () => new Set(run.candidates('clip'))
  const isNew = (before: ReadonlySet<unknown>) => [...list()].filter((view) => !before.has(view)).length
  const first = list()
  const unchanged = isNew(first)
  run.apply(row(0), 1000)
  const afterRow = isNew(first)
  const second = list()
  run.apply({ type: 'candidateFinished', generationId: exampleGenerationId, picture: examplePicture(1) }, 2000)
  expect([unchanged, afterRow, isNew(second)]).toEqual([0, 3, 1])
})

test('a preview is asked for only where there is one', () => {
  const run = new Run(exampleGeneration())
  const versions = () => run.candidates('clip').map((view) => view.previewVersion)
  run.apply({ ...row(0), withoutPreview: [1, 2] }, 1000)
  const first = versions()
  run.apply(row(1), 2000)
  expect({ first, second: versions() }).toEqual({ first: [1, null, null], second: [2, 2, 2] })
})
