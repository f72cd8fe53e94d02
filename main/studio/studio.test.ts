import { beforeEach, describe, expect, it } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'

import { createFakePacks } from './testing/fake-packs.ts'
import { createStudioBench, gate, nextEvent, tokensOf, typesOf, type StudioBench } from './testing/studio-bench.ts'

let bench: StudioBench
beforeEach(() => {
  bench = createStudioBench()
})

describe('generate', () => {
  it('fills in what the request leaves out from the pack, and draws the seed', async () => {
    const studio = bench.start()
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
    const studio = bench.start()
    studio.subscribe((happened) => {
      if (happened.type === 'generationQueued') seen.push(bench.library.getGeneration(happened.generation.id).state)
      if (happened.type === 'generationStarted') seen.push(bench.library.getGeneration(happened.generationId).state)
      if (happened.type === 'rowFinished')
        seen.push(`row ${bench.library.readJournal(happened.generationId).rows.get(0)?.length}`)
      if (happened.type === 'candidateFinished')
        seen.push(`picture ${bench.library.getPicture(happened.picture.id).index}`)
      if (happened.type === 'generationEnded') seen.push(bench.library.getGeneration(happened.generation.id).state)
    })
    await studio.api.generate({ prompt: 'a pear', candidates: 2 })
    await studio.whenIdle()
    expect(seen).toEqual([
      ...['queued', 'running', 'row 2', 'row 4', 'row 6'],
      ...['picture 0', 'picture 1', 'finished'],
    ])
    expect(typesOf(bench.events)).toEqual([
      ...['generationQueued', 'generationStarted', 'rowFinished', 'rowFinished', 'rowFinished'],
      ...['candidateFinished', 'candidateFinished', 'generationEnded'],
    ])
  })

  it('lists finished candidates best first', async () => {
    const studio = bench.start()
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
    const studio = bench.start()
    const jobs = await Promise.all(['one', 'two', 'three'].map((prompt) => studio.api.generate({ prompt })))
    await studio.whenIdle()
    const order = bench.events.flatMap((happened) => {
      if (happened.type === 'generationStarted') return [`start ${happened.generationId}`]
      return happened.type === 'generationEnded' ? [`end ${happened.generation.id}`] : []
    })
    expect(order).toEqual(jobs.flatMap(({ id }) => [`start ${id}`, `end ${id}`]))
  })

  it('loads a pack once', async () => {
    const studio = bench.start()
    expect(bench.engine.loads).toEqual([])
    await Promise.all([studio.api.tokenizePrompt({ prompt: 'a' }), studio.api.tokenizePrompt({ prompt: 'a b' })])
    await studio.api.generate({ prompt: 'a b' })
    await studio.whenIdle()
    expect(bench.engine.loads).toEqual(['starter'])
  })

  it('names the allowed values of everything that is wrong, and writes nothing', async () => {
    const studio = bench.start()
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
    expect(bench.library.listUnfinished()).toEqual([])
  })

  it('says that no pack is installed', async () => {
    const studio = bench.start({ packs: createFakePacks([]) })
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
    const studio = bench.start()
    const source = await studio.api.generate({ prompt: 'a cat', candidates: 1, seed: 1 })
    await studio.whenIdle()
    const [picture] = (await studio.api.getGeneration({ generationId: source.id })).pictures
    const imagePrompt = { pictureId: picture!.id, keep: { kind: 'rows' as const, rows: 2 } }
    const edit = await studio.api.generate({ prompt: 'the cat as a sketch', candidates: 1, seed: 2, imagePrompt })
    await studio.whenIdle()
    const [before, after] = [(await tokensOf(studio, source.id))[0], (await tokensOf(studio, edit.id))[0]]
    expect(bench.engine.jobs.at(-1)!.forcedTokens).toEqual(Int32Array.from([...before!.slice(0, 4), -1, -1]))
    expect(after!.slice(0, 4)).toEqual(before!.slice(0, 4))
    expect(after!.slice(4)).not.toEqual(before!.slice(4))
    expect((await studio.api.getGeneration({ generationId: edit.id })).generation.imagePrompt).toEqual(imagePrompt)
  })

  it('writes down how many attempts a hole is worth that something kept follows', async () => {
    const studio = bench.start()
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
    expect(bench.engine.jobs.slice(-3).map(({ attempts }) => attempts)).toEqual([4, 1, 1])
  })

  it('refuses a picture of another grid before anything is queued', async () => {
    const studio = bench.start()
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
    expect(bench.library.listUnfinished()).toEqual([])
  })
})

describe('previews', () => {
  it('are PNGs of unfinished candidates, and gone with the job', async () => {
    const studio = bench.start()
    const { id: generationId } = await studio.api.generate({ prompt: 'one', candidates: 2 })
    const hold = gate()
    const stop = studio.subscribe(({ type }) => {
      if (type === 'rowFinished') bench.engine.gate = hold.passed
    })
    const row = await nextEvent(studio, 'rowFinished')
    stop()
    expect(row).toEqual({ type: 'rowFinished', generationId, first: 0, count: 2, row: 0, rows: 3, version: 1 })
    const preview = { kind: 'preview', generationId, candidate: 1, version: 1 } as const
    const { bytes, type } = await studio.readResource(preview)
    expect([type, [...bytes.slice(1, 4)]]).toEqual(['image/png', [0x50, 0x4e, 0x47]])
    const [entry] = await studio.api.listQueue()
    expect(entry).toEqual({ generation: bench.library.getGeneration(generationId), row: 1, rows: 3, previewVersion: 1 })
    hold.open()
    await studio.whenIdle()
    await expect(studio.readResource(preview)).rejects.toMatchObject({ code: 'notFound' })
    expect(await studio.api.listQueue()).toEqual([])
  })
})

describe('previews of a few', () => {
  it('are announced only for candidates that have one', async () => {
    const studio = bench.start()
    bench.engine.previewed = 1
    const { id: generationId } = await studio.api.generate({ prompt: 'one', candidates: 3 })
    const hold = gate()
    const stop = studio.subscribe(({ type }) => {
      if (type === 'rowFinished') bench.engine.gate = hold.passed
    })
    const row = await nextEvent(studio, 'rowFinished')
    stop()
    const unseen = { withoutPreview: [1, 2] }
    expect(row).toEqual({
      ...{ type: 'rowFinished', generationId, first: 0, count: 3, row: 0, rows: 3, version: 1 },
      ...unseen,
    })
    const [entry] = await studio.api.listQueue()
    expect(entry).toMatchObject({ previewVersion: 1, ...unseen })
    hold.open()
    await studio.whenIdle()
  })
})

describe('close', () => {
  it('ends the engine and starts nothing more', async () => {
    const studio = bench.start()
    const hold = gate()
    bench.engine.gate = hold.passed
    const { id } = await studio.api.generate({ prompt: 'one' })
    const waiting = await studio.api.generate({ prompt: 'two' })
    await nextEvent(studio, 'generationStarted')
    const closed = studio.close()
    hold.open()
    await closed
    expect(bench.engine.isClosed).toBe(true)
    expect([bench.library.getGeneration(id).state, bench.library.getGeneration(waiting.id).state]).toEqual([
      'running',
      'queued',
    ])
    expect(typesOf(bench.events)).not.toContain('generationEnded')
  })
})
