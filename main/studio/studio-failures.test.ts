import { beforeEach, describe, expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { StoredLibrary } from '#main/library/library.ts'

import { fakeGrid } from './testing/fake-engine.ts'
import { createStudioBench, typesOf, type StudioBench } from './testing/studio-bench.ts'

let bench: StudioBench
beforeEach(() => {
  bench = createStudioBench()
})

describe('when the engine dies', () => {
  it('tries once more from the journal, and nothing is drawn twice', async () => {
    const studio = bench.start()
    bench.engine.deaths.push(2)
    const { id } = await studio.api.generate({ prompt: 'one', seed: 7 })
    await studio.whenIdle()
    expect(bench.library.getGeneration(id)).toMatchObject({ state: 'finished', finishedCandidates: 4 })
    expect(bench.engine.loads).toEqual(['starter', 'starter'])
    expect(bench.engine.jobs.map(({ resume }) => resume?.get(0)?.length ?? 0)).toEqual([0, 4])
    expect(typesOf(bench.events).filter((type) => type === 'rowFinished')).toHaveLength(3)
    expect(bench.events.filter(({ type }) => type === 'engineRestarted')).toEqual([
      {
        type: 'engineRestarted',
        generationId: id,
        error: { code: 'engineDied', message: 'The engine process ended (signal SIGSEGV).' },
      },
    ])
  })

  it('does not draw finished candidates again', async () => {
    const studio = bench.start()
    bench.engine.deaths.push(5)
    await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    expect(bench.engine.jobs.map((job) => job.candidates)).toEqual([
      [0, 1, 2, 3],
      [2, 3],
    ])
  })

  it('fails the job the second time, and leaves the pack alone for the session', async () => {
    const studio = bench.start()
    bench.engine.deaths.push(1, 0)
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    const { state, error } = bench.library.getGeneration(id)
    expect([state, error?.code]).toEqual(['failed', 'engineDied'])
    expect(error?.message).toContain('The pack "starter" ended the engine 2 times')
    await expect(studio.api.generate({ prompt: 'two', packId: 'starter' })).rejects.toMatchObject({
      code: 'engineDied',
    })
    expect((await studio.api.getStudioInfo()).defaultPackId).toBe('wide')
  })

  it('forgives a death when the job was then done', async () => {
    const studio = bench.start()
    for (const prompt of ['one', 'two', 'three']) {
      bench.engine.deaths.push(1)
      await studio.api.generate({ prompt })
      await studio.whenIdle()
    }
    expect(bench.library.listGenerations({}).items.map(({ state }) => state)).toEqual([
      'finished',
      'finished',
      'finished',
    ])
  })
})

describe('when the disk is full', () => {
  const full = new StudioError('storageFull', 'The disk is full.')
  /** Takes so many rows, and more once there is space again. */
  function fullAfter(rows: number): { readonly library: StoredLibrary; readonly free: () => void } {
    let space = rows
    const appendRow: StoredLibrary['appendRow'] = (id, row) => {
      if (space-- <= 0) throw full
      bench.library.appendRow(id, row)
    }
    return { library: { ...bench.library, appendRow }, free: () => (space = Infinity) }
  }
  const rowsResumed = () => bench.engine.jobs.map(({ resume }) => (resume?.get(0)?.length ?? 0) / fakeGrid.columns)

  it('a run goes on from its last row when it is asked to once there is space', async () => {
    const { library, free } = fullAfter(1)
    const studio = bench.start({ library })
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    expect(bench.library.getGeneration(id)).toMatchObject({ state: 'failed', error: { code: 'storageFull' } })
    free()
    await studio.api.retryGeneration({ generationId: id })
    await studio.whenIdle()
    expect(bench.library.getGeneration(id)).toMatchObject({ state: 'finished', finishedCandidates: 4, error: null })
    expect(rowsResumed()).toEqual([0, 1])
  })

  it('a run goes on from its last row at the next start, or the one after when it is full still', async () => {
    const first = bench.start({ library: fullAfter(1).library })
    const { id } = await first.api.generate({ prompt: 'one' })
    await first.whenIdle()
    await first.close()
    const refuse = () => {
      throw full
    }
    const second = bench.start({ library: { ...bench.library, setGenerationState: refuse } })
    expect(await second.api.listQueue()).toEqual([])
    await second.close()
    await bench.start().whenIdle()
    expect(bench.library.getGeneration(id)).toMatchObject({ state: 'finished', finishedCandidates: 4, error: null })
    expect(rowsResumed()).toEqual([0, 1])
  })

  it('a run whose failure could not be written can be asked to go on', async () => {
    const { library, free } = fullAfter(0)
    const setGenerationState: StoredLibrary['setGenerationState'] = (id, state, details) => {
      if (state === 'failed') throw full
      return bench.library.setGenerationState(id, state, details)
    }
    const studio = bench.start({ library: { ...library, setGenerationState } })
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    expect(bench.library.getGeneration(id).state).toBe('running')
    free()
    await studio.api.retryGeneration({ generationId: id })
    await studio.whenIdle()
    expect(bench.library.getGeneration(id).state).toBe('finished')
  })
})

describe('when the library fails', () => {
  it('stops the engine and fails the job with what the library said', async () => {
    const full = new StudioError('storageFull', 'The disk is full.')
    let isFull = true
    const studio = bench.start({
      library: {
        ...bench.library,
        addCandidate: (id, candidate) => (isFull ? Promise.reject(full) : bench.library.addCandidate(id, candidate)),
      },
    })
    const first = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    expect(bench.library.getGeneration(first.id).error).toEqual({ code: 'storageFull', message: 'The disk is full.' })
    isFull = false
    const second = await studio.api.generate({ prompt: 'two' })
    await studio.whenIdle()
    expect(bench.library.getGeneration(second.id).state).toBe('finished')
  })

  it('still tells the page when not even the failure can be written', async () => {
    const full = new StudioError('storageFull', 'The disk is full.')
    const studio = bench.start({
      library: {
        ...bench.library,
        appendRow() {
          throw full
        },
        setGenerationState(id, state, details) {
          if (state === 'failed') throw full
          return bench.library.setGenerationState(id, state, details)
        },
      },
    })
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    const last = bench.events.at(-1)
    expect(last).toMatchObject({
      type: 'generationEnded',
      generation: { id, state: 'failed', error: { code: 'storageFull' } },
    })
    expect(bench.library.listUnfinished().map((generation) => generation.id)).toEqual([id])
  })
})
