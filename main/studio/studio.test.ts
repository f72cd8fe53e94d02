import { beforeEach, describe, expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { StoredLibrary } from '#main/library/library.ts'

import { createStudio, type Studio, type StudioOptions } from './studio.ts'
import { createFakeEngine, type FakeEngine } from './testing/fake-engine.ts'
import { createFakePacks, fakePack } from './testing/fake-packs.ts'
import { createMemoryLibrary } from './testing/memory-library.ts'

let library: StoredLibrary
let engine: FakeEngine
let events: StudioEvent[]

function start(changes: Partial<StudioOptions> = {}): Studio {
  const packs = createFakePacks([fakePack('starter'), fakePack('wide', { columns: 3, sha256: 'cd'.repeat(32) })])
  const studio = createStudio({
    library,
    engine,
    packs,
    version: '1.2.3',
    shell: 'cli',
    drawSeed: () => 42,
    ...changes,
  })
  studio.subscribe((event) => events.push(event))
  return studio
}

function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

/** Resolves at the n-th event of a type. */
function event(studio: Studio, type: StudioEvent['type']): Promise<StudioEvent> {
  return new Promise((resolve) => {
    const stop = studio.subscribe((happened) => {
      if (happened.type !== type) return
      stop()
      resolve(happened)
    })
  })
}

const typesOf = (happened: readonly StudioEvent[]) => happened.map(({ type }) => type)
const tokensOf = async (studio: Studio, generationId: GenerationId) => {
  const { pictures } = await studio.api.getGeneration({ generationId })
  const details = await Promise.all(pictures.map(({ id }) => studio.api.getPicture({ pictureId: id })))
  return Object.fromEntries(details.map(({ index, tokens }) => [index, tokens]))
}

beforeEach(() => {
  library = createMemoryLibrary()
  engine = createFakeEngine()
  events = []
})

describe('generate', () => {
  it('fills in what the request leaves out from the pack, and draws the seed', async () => {
    const studio = start()
    const generation = await studio.api.generate({
      prompt: '  a red apple ',
      settings: { topK: 5 },
    })
    expect(generation).toEqual({
      id: generation.id,
      createdAt: generation.createdAt,
      prompt: 'a red apple',
      seed: 42,
      candidates: 4,
      settings: { temperature: 0.7, topK: 5, topP: 0.9, guidanceScale: 1.5 },
      pack: { id: 'starter', version: '1.0.0', sha256: 'ab'.repeat(32) },
      imagePrompt: null,
      state: 'queued',
      finishedAt: null,
      seconds: null,
      error: null,
      best: [],
      finishedCandidates: 0,
    })
    await studio.whenIdle()
  })

  it('announces each step in order, after it is in the library', async () => {
    const seen: string[] = []
    const studio = start()
    studio.subscribe((happened) => {
      if (happened.type === 'generationQueued') seen.push(library.getGeneration(happened.generation.id).state)
      if (happened.type === 'generationStarted') seen.push(library.getGeneration(happened.generationId).state)
      if (happened.type === 'rowFinished')
        seen.push(`row ${library.readJournal(happened.generationId).rows.get(0)?.length}`)
      if (happened.type === 'candidateFinished') seen.push(`picture ${library.getPicture(happened.picture.id).index}`)
      if (happened.type === 'generationEnded') seen.push(library.getGeneration(happened.generation.id).state)
    })
    await studio.api.generate({ prompt: 'a pear', candidates: 2 })
    await studio.whenIdle()
    expect(seen).toEqual([
      ...['queued', 'running', 'row 2', 'row 4', 'row 6'],
      ...['picture 0', 'picture 1', 'finished'],
    ])
    expect(typesOf(events)).toEqual([
      ...['generationQueued', 'generationStarted', 'rowFinished', 'rowFinished', 'rowFinished'],
      ...['candidateFinished', 'candidateFinished', 'generationEnded'],
    ])
  })

  it('lists finished candidates best first', async () => {
    const studio = start()
    const { id } = await studio.api.generate({ prompt: 'a pear', candidates: 3 })
    await studio.whenIdle()
    const { generation, pictures } = await studio.api.getGeneration({ generationId: id })
    expect(pictures.map(({ index, clipScore }) => [index, clipScore])).toEqual([
      [1, 0.625],
      [2, 0.25],
      [0, 0],
    ])
    expect(generation.best).toEqual(pictures.map((picture) => picture.id))
    expect(generation.seconds).toEqual({
      load: generation.seconds?.load,
      prefill: 0.25,
      decode: 1,
      pixels: 0.5,
      rank: 0.125,
    })
  })

  it('does one job at a time, in the order asked for', async () => {
    const studio = start()
    const jobs = await Promise.all(['one', 'two', 'three'].map((prompt) => studio.api.generate({ prompt })))
    await studio.whenIdle()
    const order = events.flatMap((happened) => {
      if (happened.type === 'generationStarted') return [`start ${happened.generationId}`]
      return happened.type === 'generationEnded' ? [`end ${happened.generation.id}`] : []
    })
    expect(order).toEqual(jobs.flatMap(({ id }) => [`start ${id}`, `end ${id}`]))
  })

  it('loads a pack once', async () => {
    const studio = start()
    expect(engine.loads).toEqual([])
    await Promise.all([studio.api.tokenizePrompt({ prompt: 'a' }), studio.api.tokenizePrompt({ prompt: 'a b' })])
    await studio.api.generate({ prompt: 'a b' })
    await studio.whenIdle()
    expect(engine.loads).toEqual(['starter'])
  })

  it('names the allowed values of everything that is wrong, and writes nothing', async () => {
    const studio = start()
    const request = { prompt: 'a', candidates: 0, settings: { topP: 0, temperature: 9 } }
    await expect(studio.api.generate(request)).rejects.toEqual(
      new StudioError(
        'invalidRequest',
        'The number of candidates is 0; allowed is a whole number from 1 to 512. ' +
          'The temperature is 9; allowed is a number from 0 to 5. ' +
          'The top-p is 0; allowed is a number above 0 and up to 1.',
      ),
    )
    await expect(studio.api.generate({ prompt: 'a', packId: 'nope' })).rejects.toEqual(
      new StudioError('packMissing', 'There is no pack "nope"; installed are: starter, wide.'),
    )
    expect(library.listUnfinished()).toEqual([])
  })

  it('says that no pack is installed', async () => {
    const studio = start({ packs: createFakePacks([]) })
    await expect(studio.api.generate({ prompt: 'a' })).rejects.toMatchObject({ code: 'packMissing' })
    expect(await studio.api.getStudioInfo()).toEqual({
      version: '1.2.3',
      shell: 'cli',
      defaultPackId: null,
      pictureCount: 0,
      isQueuePaused: false,
    })
  })
})

describe('image prompts', () => {
  it('forces the kept tokens of the source picture', async () => {
    const studio = start()
    const source = await studio.api.generate({ prompt: 'a cat', candidates: 1, seed: 1 })
    await studio.whenIdle()
    const [picture] = (await studio.api.getGeneration({ generationId: source.id })).pictures
    const imagePrompt = { pictureId: picture!.id, keep: { kind: 'rows' as const, rows: 2 } }
    const edit = await studio.api.generate({ prompt: 'the cat as a sketch', candidates: 1, seed: 2, imagePrompt })
    await studio.whenIdle()
    const [before, after] = [(await tokensOf(studio, source.id))[0], (await tokensOf(studio, edit.id))[0]]
    expect(engine.jobs.at(-1)!.forcedTokens).toEqual(Int32Array.from([...before!.slice(0, 4), -1, -1]))
    expect(after!.slice(0, 4)).toEqual(before!.slice(0, 4))
    expect(after!.slice(4)).not.toEqual(before!.slice(4))
    expect((await studio.api.getGeneration({ generationId: edit.id })).generation.imagePrompt).toEqual(imagePrompt)
  })

  it('writes down how many attempts a hole is worth that something kept follows', async () => {
    const studio = start()
    const source = await studio.api.generate({ prompt: 'a cat', candidates: 1, seed: 1 })
    await studio.whenIdle()
    const [picture] = (await studio.api.getGeneration({ generationId: source.id })).pictures
    const keep = { kind: 'mask' as const, cells: [true, true, false, false, true, true] }
    const asked = [{}, { attempts: 1 }, { keep: { ...keep, cells: [true, true, true, false, false, false] } }]
    const stored = []
    for (const part of asked) {
      const imagePrompt = { pictureId: picture!.id, keep, ...part }
      stored.push((await studio.api.generate({ prompt: 'a dog', candidates: 1, imagePrompt })).imagePrompt?.attempts)
    }
    await studio.whenIdle()
    expect(stored).toEqual([4, 1, undefined])
    expect(engine.jobs.slice(-3).map(({ attempts }) => attempts)).toEqual([4, 1, 1])
  })

  it('refuses a picture of another grid before anything is queued', async () => {
    const studio = start()
    const { id } = await studio.api.generate({ prompt: 'a cat', candidates: 1 })
    await studio.whenIdle()
    const [picture] = (await studio.api.getGeneration({ generationId: id })).pictures
    const imagePrompt = { pictureId: picture!.id, keep: { kind: 'rows' as const, rows: 1 } }
    await expect(studio.api.generate({ prompt: 'a', packId: 'wide', imagePrompt })).rejects.toEqual(
      new StudioError(
        'invalidRequest',
        'The picture is a grid of 3 × 2 tokens, the pack "wide" draws 3 × 3. Choose a picture or a pack of the same grid.',
      ),
    )
    expect(library.listUnfinished()).toEqual([])
  })
})

describe('cancelGeneration', () => {
  it('stops a running job between rows and goes on with the next', async () => {
    const studio = start()
    const first = await studio.api.generate({ prompt: 'one' })
    const second = await studio.api.generate({ prompt: 'two' })
    await event(studio, 'rowFinished')
    await studio.api.cancelGeneration({ generationId: first.id })
    expect(library.getGeneration(first.id)).toMatchObject({ state: 'cancelled', finishedCandidates: 0, error: null })
    await studio.whenIdle()
    expect(library.getGeneration(second.id)).toMatchObject({ state: 'finished', finishedCandidates: 4 })
  })

  it('keeps the candidates that are finished', async () => {
    const studio = start()
    const { id } = await studio.api.generate({ prompt: 'one' })
    await event(studio, 'candidateFinished')
    await studio.api.cancelGeneration({ generationId: id })
    const { generation, pictures } = await studio.api.getGeneration({ generationId: id })
    expect(generation.state).toBe('cancelled')
    expect(pictures.length).toBe(generation.finishedCandidates)
    expect(pictures.length).toBeGreaterThan(0)
    expect(pictures.length).toBeLessThan(4)
  })

  it('takes a waiting job out of the queue', async () => {
    const studio = start()
    const hold = gate()
    engine.gate = hold.passed
    const first = await studio.api.generate({ prompt: 'one' })
    const second = await studio.api.generate({ prompt: 'two' })
    await studio.api.cancelGeneration({ generationId: second.id })
    expect((await studio.api.listQueue()).map((entry) => entry.generation.id)).toEqual([first.id])
    hold.open()
    await studio.whenIdle()
    expect(engine.jobs.map((job) => job.jobId)).toEqual([first.id])
    expect(library.getGeneration(second.id).state).toBe('cancelled')
  })

  it('does nothing to a job that has ended, and knows no others', async () => {
    const studio = start()
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    await studio.api.cancelGeneration({ generationId: id })
    expect(library.getGeneration(id).state).toBe('finished')
    const unknown = '00000000-0000-4000-8000-000000000000' as GenerationId
    await expect(studio.api.cancelGeneration({ generationId: unknown })).rejects.toMatchObject({ code: 'notFound' })
  })
})

describe('after a restart', () => {
  it('goes on where the journal ends, oldest first, with the same tokens', async () => {
    const whole = start()
    const reference = await whole.api.generate({ prompt: 'one', seed: 7 })
    await whole.whenIdle()
    const expected = await tokensOf(whole, reference.id)

    const first = start()
    const job = await first.api.generate({ prompt: 'one', seed: 7 })
    const waiting = await first.api.generate({ prompt: 'two', candidates: 1 })
    await event(first, 'candidateFinished')
    await first.close()
    expect(library.listUnfinished().map(({ id, state }) => [id, state])).toEqual([
      [job.id, 'running'],
      [waiting.id, 'queued'],
    ])
    const kept = library.getGeneration(job.id).finishedCandidates

    engine = createFakeEngine()
    const second = start()
    await second.whenIdle()
    expect(engine.jobs.map(({ jobId, candidates }) => [jobId, candidates.length])).toEqual([
      [job.id, 4 - kept],
      [waiting.id, 1],
    ])
    expect(await tokensOf(second, job.id)).toEqual(expected)
    expect(library.listUnfinished()).toEqual([])
  })

  it('keeps the order that a person gave, and stays paused until someone says go on', async () => {
    const first = start()
    await first.api.pauseQueue()
    const jobs: GenerationId[] = []
    for (const prompt of ['one', 'two', 'three']) jobs.push((await first.api.generate({ prompt, candidates: 1 })).id)
    await first.api.moveInQueue({ generationId: jobs[2]!, place: 0 })
    const late = await first.api.generate({ prompt: 'four', candidates: 1 })
    await first.close()

    engine = createFakeEngine()
    const second = start()
    await second.whenIdle()
    expect([(await second.api.getStudioInfo()).isQueuePaused, engine.jobs]).toEqual([true, []])
    await second.api.resumeQueue()
    await second.whenIdle()
    expect(engine.jobs.map(({ jobId }) => jobId)).toEqual([jobs[2], jobs[0], jobs[1], late.id])
    await second.close()
    expect((await start().api.getStudioInfo()).isQueuePaused).toBe(false)
  })

  it('leaves unfinished jobs alone when asked to, and can still cancel them', async () => {
    const first = start()
    const { id } = await first.api.generate({ prompt: 'one' })
    await event(first, 'rowFinished')
    await first.close()
    const second = start({ isResuming: false })
    await second.whenIdle()
    expect(library.getGeneration(id).state).toBe('running')
    await second.api.cancelGeneration({ generationId: id })
    expect(library.getGeneration(id).state).toBe('cancelled')
  })

  it('only marks as finished what has no candidate left to draw', async () => {
    const first = start()
    const { id } = await first.api.generate({ prompt: 'one', candidates: 1 })
    await event(first, 'candidateFinished')
    await first.close()
    library.setGenerationState(id, 'running')
    engine = createFakeEngine()
    await start().whenIdle()
    expect(library.getGeneration(id).state).toBe('finished')
    expect(engine.jobs).toEqual([])
  })

  it('refuses to go on with a pack that has changed', async () => {
    const first = start()
    const { id } = await first.api.generate({ prompt: 'one' })
    await event(first, 'rowFinished')
    await first.close()
    await start({
      packs: createFakePacks([fakePack('starter', { version: '2.0.0', sha256: 'ef'.repeat(32) })]),
    }).whenIdle()
    expect(library.getGeneration(id)).toMatchObject({ state: 'failed', error: { code: 'packInvalid' } })
  })
})

describe('when the engine dies', () => {
  it('tries once more from the journal, and nothing is drawn twice', async () => {
    const studio = start()
    engine.deaths.push(2)
    const { id } = await studio.api.generate({ prompt: 'one', seed: 7 })
    await studio.whenIdle()
    expect(library.getGeneration(id)).toMatchObject({ state: 'finished', finishedCandidates: 4 })
    expect(engine.loads).toEqual(['starter', 'starter'])
    expect(engine.jobs.map(({ resume }) => resume?.get(0)?.length ?? 0)).toEqual([0, 4])
    expect(typesOf(events).filter((type) => type === 'rowFinished')).toHaveLength(3)
    expect(events.filter(({ type }) => type === 'engineRestarted')).toEqual([
      {
        type: 'engineRestarted',
        generationId: id,
        error: { code: 'engineDied', message: 'The engine process ended (signal SIGSEGV).' },
      },
    ])
  })

  it('does not draw finished candidates again', async () => {
    const studio = start()
    engine.deaths.push(5)
    await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    expect(engine.jobs.map((job) => job.candidates)).toEqual([
      [0, 1, 2, 3],
      [2, 3],
    ])
  })

  it('fails the job the second time, and leaves the pack alone for the session', async () => {
    const studio = start()
    engine.deaths.push(1, 0)
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    const { state, error } = library.getGeneration(id)
    expect([state, error?.code]).toEqual(['failed', 'engineDied'])
    expect(error?.message).toContain('The pack "starter" ended the engine 2 times')
    await expect(studio.api.generate({ prompt: 'two', packId: 'starter' })).rejects.toMatchObject({
      code: 'engineDied',
    })
    expect((await studio.api.getStudioInfo()).defaultPackId).toBe('wide')
  })

  it('forgives a death when the job was then done', async () => {
    const studio = start()
    for (const prompt of ['one', 'two', 'three']) {
      engine.deaths.push(1)
      await studio.api.generate({ prompt })
      await studio.whenIdle()
    }
    expect(library.listGenerations({}).items.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished'])
  })
})

describe('when the library fails', () => {
  it('stops the engine and fails the job with what the library said', async () => {
    const full = new StudioError('storageFull', 'The disk is full.')
    let isFull = true
    const studio = start({
      library: {
        ...library,
        addCandidate: (id, candidate) => (isFull ? Promise.reject(full) : library.addCandidate(id, candidate)),
      },
    })
    const first = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    expect(library.getGeneration(first.id).error).toEqual({ code: 'storageFull', message: 'The disk is full.' })
    isFull = false
    const second = await studio.api.generate({ prompt: 'two' })
    await studio.whenIdle()
    expect(library.getGeneration(second.id).state).toBe('finished')
  })

  it('still tells the page when not even the failure can be written', async () => {
    const full = new StudioError('storageFull', 'The disk is full.')
    const studio = start({
      library: {
        ...library,
        appendRow() {
          throw full
        },
        setGenerationState(id, state, details) {
          if (state === 'failed') throw full
          return library.setGenerationState(id, state, details)
        },
      },
    })
    const { id } = await studio.api.generate({ prompt: 'one' })
    await studio.whenIdle()
    const last = events.at(-1)
    expect(last).toMatchObject({
      type: 'generationEnded',
      generation: { id, state: 'failed', error: { code: 'storageFull' } },
    })
    expect(library.listUnfinished().map((generation) => generation.id)).toEqual([id])
  })
})

describe('previews', () => {
  it('are PNGs of unfinished candidates, and gone with the job', async () => {
    const studio = start()
    const { id: generationId } = await studio.api.generate({ prompt: 'one', candidates: 2 })
    const hold = gate()
    const stop = studio.subscribe(({ type }) => {
      if (type === 'rowFinished') engine.gate = hold.passed
    })
    const row = await event(studio, 'rowFinished')
    stop()
    expect(row).toEqual({ type: 'rowFinished', generationId, first: 0, count: 2, row: 0, rows: 3, version: 1 })
    const preview = { kind: 'preview', generationId, candidate: 1, version: 1 } as const
    const { bytes, type } = await studio.readResource(preview)
    expect([type, [...bytes.slice(1, 4)]]).toEqual(['image/png', [0x50, 0x4e, 0x47]])
    const [entry] = await studio.api.listQueue()
    expect(entry).toEqual({ generation: library.getGeneration(generationId), row: 1, rows: 3, previewVersion: 1 })
    hold.open()
    await studio.whenIdle()
    await expect(studio.readResource(preview)).rejects.toMatchObject({ code: 'notFound' })
    expect(await studio.api.listQueue()).toEqual([])
  })
})

describe('close', () => {
  it('ends the engine and starts nothing more', async () => {
    const studio = start()
    const hold = gate()
    engine.gate = hold.passed
    const { id } = await studio.api.generate({ prompt: 'one' })
    const waiting = await studio.api.generate({ prompt: 'two' })
    await event(studio, 'generationStarted')
    const closed = studio.close()
    hold.open()
    await closed
    expect(engine.isClosed).toBe(true)
    expect([library.getGeneration(id).state, library.getGeneration(waiting.id).state]).toEqual(['running', 'queued'])
    expect(typesOf(events)).not.toContain('generationEnded')
  })
})
