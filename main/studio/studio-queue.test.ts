import { beforeEach, describe, expect, it } from 'vitest'

import type { GenerationId } from '#app/domain/ids.ts'

import { createFakeEngine } from './testing/fake-engine.ts'
import { createFakePacks, fakePack } from './testing/fake-packs.ts'
import { createStudioBench, gate, nextEvent, tokensOf, type StudioBench } from './testing/studio-bench.ts'

let bench: StudioBench
beforeEach(() => {
  bench = createStudioBench()
})

describe('cancelGeneration', () => {
  it('stops a running job between rows and goes on with the next', async () => {
    const studio = bench.start()
    const first = await studio.api.generate({ prompt: 'one' })
    const second = await studio.api.generate({ prompt: 'two' })
    await nextEvent(studio, 'rowFinished')
    await studio.api.cancelGeneration({ generationId: first.id })
    expect(bench.library.getGeneration(first.id)).toMatchObject({
      state: 'cancelled',
      finishedCandidates: 0,
      error: null,
    })
    await studio.whenIdle()
    expect(bench.library.getGeneration(second.id)).toMatchObject({ state: 'finished', finishedCandidates: 4 })
  })

  it('keeps the candidates that are finished', async () => {
    const studio = bench.start()
    const { id } = await studio.api.generate({ prompt: 'one' })
    await nextEvent(studio, 'candidateFinished')
    await studio.api.cancelGeneration({ generationId: id })
    const { generation, pictures } = await studio.api.getGeneration({ generationId: id })
    expect(generation.state).toBe('cancelled')
    expect(pictures.length).toBe(generation.finishedCandidates)
    expect(pictures.length).toBeGreaterThan(0)
    expect(pictures.length).toBeLessThan(4)
  })

  it('takes a waiting job out of the queue', async () => {
    const studio = bench.start()
    const hold = gate()
    bench.engine.gate = hold.passed
    const first = await studio.api.generate({ prompt: 'one' })
    const second = await studio.api.generate({ prompt: 'two' })
    await studio.api.cancelGeneration({ generationId: second.id })
    expect((await studio.api.listQueue()).map((entry) => entry.generation.id)).toEqual([first.id])
    hold.open()
    await studio.whenIdle()
    expect(bench.engine.jobs.map((job) => job.jobId)).toEqual([first.id])
    expect(bench.library.getGeneration(second.id).state).toBe('cancelled')
  })

  it('does nothing to a job that has ended, and knows no others', async () => {
    const studio = bench.start()
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    await studio.api.cancelGeneration({ generationId: id })
    expect(bench.library.getGeneration(id).state).toBe('finished')
    const unknown = '00000000-0000-4000-8000-000000000000' as GenerationId
    await expect(studio.api.cancelGeneration({ generationId: unknown })).rejects.toMatchObject({ code: 'notFound' })
  })
})

describe('after a restart', () => {
  it('goes on where the journal ends, oldest first, with the same tokens', async () => {
    const whole = bench.start()
    const reference = await whole.api.generate({ prompt: 'one', seed: 7 })
    await whole.whenIdle()
    const expected = await tokensOf(whole, reference.id)

    const first = bench.start()
    const job = await first.api.generate({ prompt: 'one', seed: 7 })
    const waiting = await first.api.generate({ prompt: 'two', candidates: 1 })
    await nextEvent(first, 'candidateFinished')
    await first.close()
    expect(bench.library.listUnfinished().map(({ id, state }) => [id, state])).toEqual([
      [job.id, 'running'],
      [waiting.id, 'queued'],
    ])
    const kept = bench.library.getGeneration(job.id).finishedCandidates

    bench.engine = createFakeEngine()
    const second = bench.start()
    await second.whenIdle()
    expect(bench.engine.jobs.map(({ jobId, candidates }) => [jobId, candidates.length])).toEqual([
      [job.id, 4 - kept],
      [waiting.id, 1],
    ])
    expect(await tokensOf(second, job.id)).toEqual(expected)
    expect(bench.library.listUnfinished()).toEqual([])
  })

  it('keeps the order that a person gave, and stays paused until someone says go on', async () => {
    const first = bench.start()
    await first.api.pauseQueue()
    const jobs: GenerationId[] = []
    for (const prompt of ['one', 'two', 'three']) jobs.push((await first.api.generate({ prompt, candidates: 1 })).id)
    await first.api.moveInQueue({ generationId: jobs[2]!, place: 0 })
    const late = await first.api.generate({ prompt: 'four', candidates: 1 })
    await first.close()

    bench.engine = createFakeEngine()
    const second = bench.start()
    await second.whenIdle()
    expect([(await second.api.getStudioInfo()).isQueuePaused, bench.engine.jobs]).toEqual([true, []])
    await second.api.resumeQueue()
    await second.whenIdle()
    expect(bench.engine.jobs.map(({ jobId }) => jobId)).toEqual([jobs[2], jobs[0], jobs[1], late.id])
    await second.close()
    expect((await bench.start().api.getStudioInfo()).isQueuePaused).toBe(false)
  })

  it('leaves unfinished jobs alone when asked to, and can still cancel them', async () => {
    const first = bench.start()
    const { id } = await first.api.generate({ prompt: 'one' })
    await nextEvent(first, 'rowFinished')
    await first.close()
    const second = bench.start({ isResuming: false })
    await second.whenIdle()
    expect(bench.library.getGeneration(id).state).toBe('running')
    await second.api.cancelGeneration({ generationId: id })
    expect(bench.library.getGeneration(id).state).toBe('cancelled')
  })

  it('only marks as finished what has no candidate left to draw', async () => {
    const first = bench.start()
    const { id } = await first.api.generate({ prompt: 'one', candidates: 1 })
    await nextEvent(first, 'candidateFinished')
    await first.close()
    bench.library.setGenerationState(id, 'running')
    bench.engine = createFakeEngine()
    await bench.start().whenIdle()
    expect(bench.library.getGeneration(id).state).toBe('finished')
    expect(bench.engine.jobs).toEqual([])
  })

  it('refuses to go on with a pack that has changed', async () => {
    const first = bench.start()
    const { id } = await first.api.generate({ prompt: 'one' })
    await nextEvent(first, 'rowFinished')
    await first.close()
    await bench
      .start({
        packs: createFakePacks([fakePack('starter', { version: '2.0.0', sha256: 'ef'.repeat(32) })]),
      })
      .whenIdle()
    expect(bench.library.getGeneration(id)).toMatchObject({ state: 'failed', error: { code: 'packInvalid' } })
  })
})
