import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { CandidateFinished, DecodeJob } from '#app/contract/engine-protocol.ts'
import type { CacheRanges } from '#app/domain/cache-ranges.ts'
import type { PackManifest, Precision } from '#app/domain/pack.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'

import { decode, type DecodeOptions } from './decode.ts'
import { loadPack, type LoadedPack } from './loaded-pack.ts'
import { measureCache as measureRanges } from './measure-cache.ts'
import { prefillCaption } from './prefill-caption.ts'

let folder = ''
const packs: Partial<Record<string, LoadedPack>> = {}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-decode-'))
  const small = tinyWeights({ transformer: { rows: 6, columns: 6 } })
  await buildPack(small, join(folder, 'dense'), { measureCache })
  await buildPack(small, join(folder, 'blocks'), { int8: 'int8Blocks', measureCache })
  const sparse = tinyWeights({
    transformer: { layers: 4, attention: ['row', 'column', 'dense', 'convolution'], rows: 8, columns: 8 },
  })
  await buildPack(sparse, join(folder, 'sparse'), { measureCache })
})
afterAll(() => rm(folder, { recursive: true }))

/** As a built pack is calibrated, in this process. */
async function measureCache(built: string, { id }: PackManifest): Promise<CacheRanges> {
  const pack = await loadPack({ packId: id, folder: built, precision: 'int8' }, { threads: 1 })
  const layers = await measureRanges(pack, 'the red cat')
  await pack.dispose()
  return { schemaVersion: 1, layers }
}

async function packOf(
  name: 'dense' | 'sparse' | 'blocks',
  precision: Precision = 'fp32',
  threads = 1,
): Promise<LoadedPack> {
  const source = { packId: 'tiny' as LoadedPack['manifest']['id'], folder: join(folder, name), precision }
  return (packs[`${name} ${precision} ${threads}`] ??= await loadPack(source, { threads }))
}

async function run(
  pack: LoadedPack,
  candidates: readonly number[],
  part: Partial<DecodeJob> = {},
  options: DecodeOptions = {},
): Promise<Map<number, CandidateFinished>> {
  const job: DecodeJob = {
    jobId: 'job' as DecodeJob['jobId'],
    packId: pack.manifest.id,
    prompt: 'the red cat',
    seed: 7,
    candidates,
    settings: { temperature: 0.9, topK: 50, topP: 0.95, guidanceScale: 2 },
    isPreviewWanted: false,
    ...part,
  }
  const finished = new Map<number, CandidateFinished>()
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  for await (const progress of decode(pack, job, seconds, options)) {
    if (progress.type === 'candidate') finished.set(progress.candidate.index, progress.candidate)
  }
  return finished
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const tokensOf = (results: ReadonlyMap<number, CandidateFinished>, count: number): (number[] | undefined)[] =>
  upTo(count).map((index) => results.get(index) && Array.from(results.get(index)?.tokens ?? []))

describe.each([
  ['dense', 'fp32'],
  ['sparse', 'fp32'],
  ['dense', 'int8'],
  ['blocks', 'int8'],
  ['dense', 'int8-cache'],
  ['sparse', 'int8-cache'],
  ['blocks', 'int8-cache'],
] as const)('tokens of the %s pack in %s', (name, precision) => {
  it('do not depend on how many are drawn, in what order, or in what chunks', async () => {
    const pack = await packOf(name, precision)
    const expected = tokensOf(await run(pack, upTo(16)), 4)
    expect(new Set(expected.map(String)).size).toBe(4)
    expect(tokensOf(await run(pack, upTo(4)), 4)).toEqual(expected)
    expect(tokensOf(await run(pack, [3, 11, 0, 2, 1]), 4)).toEqual(expected)
    expect(tokensOf(await run(pack, upTo(7), {}, { chunk: 3 }), 4)).toEqual(expected)
    const settings = { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 }
    const unguided = await run(pack, upTo(5), { settings })
    for (const chunk of [1, 2, 3]) {
      expect(await run(pack, upTo(5), { settings }, { chunk, order: 'cellByCell' })).toEqual(unguided)
    }
  })

  it('do not depend on the number of threads', async () => {
    const one = await run(await packOf(name, precision, 1), upTo(6))
    const two = await run(await packOf(name, precision, 2), upTo(6))
    expect(tokensOf(two, 6)).toEqual(tokensOf(one, 6))
  })

  it('do not depend on whether the cells that all of them keep were stepped through before', async () => {
    const pack = await packOf(name, precision)
    const source = Int32Array.from((await run(pack, [5], {}, { order: 'cellByCell' })).get(5)?.tokens ?? [])
    const settings = { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 }
    for (const part of [{}, { settings }]) {
      // The third fork begins with less of the rows that the second left in memory, the last with other ones.
      for (const [kept, changed] of [
        [14, -1],
        [14, -1],
        [9, -1],
        [12, 4],
      ] as const) {
        const forcedTokens = source.map((code, cell) => (cell < kept ? (code + (cell === changed ? 1 : 0)) % 64 : -1))
        const together = await run(pack, upTo(3), { ...part, forcedTokens })
        for (const index of upTo(3)) {
          const alone = await run(pack, [index], { ...part, forcedTokens }, { order: 'cellByCell' })
          expect(together.get(index)).toEqual(alone.get(index))
        }
      }
    }
  })

  it('go on after a resume as if nothing had happened', async () => {
    const pack = await packOf(name, precision)
    const whole = await run(pack, upTo(3))
    const { columns } = pack.manifest.image
    const resume = new Map(
      [2, 0, 4].map((rows, index) => [index, (whole.get(index)?.tokens ?? new Uint16Array()).slice(0, rows * columns)]),
    )
    expect(await run(pack, upTo(3), { resume })).toEqual(whole)
  })
})

describe('parallel decoding', () => {
  it.each([
    ['dense', 'fp32'],
    ['sparse', 'fp32'],
    ['dense', 'int8-cache'],
  ] as const)('draws the tokens of decoding cell by cell: %s in %s', async (name, precision) => {
    const pack = await packOf(name, precision)
    const variants: Partial<DecodeJob['settings']>[] = [
      {},
      { guidanceScale: 1 },
      { temperature: 0 },
      { topK: 0, topP: 1 },
    ]
    for (const part of variants) {
      const settings = { temperature: 0.5, topK: 50, topP: 0.95, guidanceScale: 2, ...part }
      const forcedTokens = new Int32Array(pack.manifest.image.rows * pack.manifest.image.columns).fill(-1)
      forcedTokens.set([5, 9, 0], 7)
      const job = { settings, forcedTokens }
      const expected = await run(pack, upTo(6), job, { chunk: 1, order: 'cellByCell' })
      const inParallel = await run(pack, upTo(6), job, { chunk: 1 })
      expect(tokensOf(inParallel, 6)).toEqual(tokensOf(expected, 6))
      for (const [index, { perplexity }] of expected) {
        expect(inParallel.get(index)?.perplexity).toBeCloseTo(perplexity, 3)
      }
    }
  })
})

describe('a cache in int8', () => {
  it('gives a window of cells the numbers of single steps, bit for bit', async () => {
    const { transformer, tokenizer } = await packOf('dense', 'int8-cache')
    const { text, image } = transformer.manifest
    const codes = [5, 9, 0, 63, 5, 7]
    const ids = BigInt64Array.from(codes, (code) => BigInt(image.firstId + code))
    const logitsOf = async (lengths: readonly number[]): Promise<Float32Array> => {
      const { caches } = await prefillCaption(transformer, tokenizer.idsOf('the red cat'), false)
      const [cache = transformer.createCache(1, 'full')] = caches
      const logits = new Float32Array(codes.length * image.vocabulary)
      let cell = 0
      for (const length of lengths) {
        const rows = logits.subarray(cell * image.vocabulary, (cell + length) * image.vocabulary)
        await transformer.run(cache, ids.slice(cell, cell + length), text.length + cell, 0, rows)
        cell += length
      }
      return logits
    }
    const single = await logitsOf([1, 1, 1, 1, 1, 1])
    expect(new Set(single.subarray(0, image.vocabulary)).size).toBeGreaterThan(image.vocabulary / 2)
    expect(await logitsOf([6])).toEqual(single)
    expect(await logitsOf([1, 4, 1])).toEqual(single)
  })

  it('is bytes, a quarter of the memory, and draws nearly what a cache in fp32 does', async () => {
    const [floats, bytes] = [await packOf('dense', 'int8'), await packOf('dense', 'int8-cache')]
    const [wide, narrow] = [floats, bytes].map(({ transformer }) => transformer.createCache(2, 'compact'))
    expect(narrow?.entries.map(({ values }) => [values.constructor, values.length])).toEqual(
      wide?.entries.map(({ values }) => [Int8Array, values.length]),
    )
    const settings = { temperature: 0.9, topK: 50, topP: 0.95, guidanceScale: 1 }
    const drawn = tokensOf(await run(floats, upTo(1), { settings }), 1)[0] ?? []
    // After the same tokens: what a token is worth differs by rounding only.
    const forced = { settings, forcedTokens: Int32Array.from(drawn) }
    const worth = async (pack: LoadedPack): Promise<number> => (await run(pack, [0], forced)).get(0)?.perplexity ?? NaN
    const [exact, rounded] = [await worth(floats), await worth(bytes)]
    expect(Math.abs(rounded / exact - 1)).toBeLessThan(0.02)
    expect(rounded).not.toBe(exact)
  })

  it('is refused where the pack was not calibrated', async () => {
    await buildPack(tinyWeights(), join(folder, 'old'))
    const source = {
      packId: 'tiny' as PackManifest['id'],
      folder: join(folder, 'old'),
      precision: 'int8-cache' as const,
    }
    await expect(loadPack(source, { threads: 1 })).rejects.toMatchObject({
      code: 'invalidRequest',
      message: 'The pack "tiny" has no int8-cache, only fp32, int8.',
    })
  })

  it('gives the same with copied outputs as in place', async () => {
    const source = {
      packId: 'tiny' as PackManifest['id'],
      folder: join(folder, 'sparse'),
      precision: 'int8-cache' as const,
    }
    const pack = await packOf('sparse', 'int8-cache')
    expect(pack.transformer.mode).toBe('inPlace')
    const copied = await loadPack(source, { threads: 1, cacheMode: 'copied' })
    expect(tokensOf(await run(copied, upTo(3)), 3)).toEqual(tokensOf(await run(pack, upTo(3)), 3))
  })
})

describe('decode', () => {
  it('feeds rows in pairs only where 8-bit weights lie in blocks', async () => {
    const packs = [await packOf('dense'), await packOf('dense', 'int8'), await packOf('blocks', 'int8')]
    expect(packs.map(({ transformer }) => transformer.rowMultiple)).toEqual([1, 1, 2])
  })

  it('keeps forced tokens and draws the others', async () => {
    const pack = await packOf('dense')
    const free = await run(pack, [0, 1])
    const forcedTokens = new Int32Array(36).fill(-1)
    forcedTokens.set([5, 9, 0, 63, 5, 5, 7])
    forcedTokens[35] = 3
    const forced = await run(pack, [0, 1], { forcedTokens })
    for (const index of [0, 1]) {
      const tokens = Array.from(forced.get(index)?.tokens ?? [])
      expect([tokens.slice(0, 7), tokens[35]]).toEqual([[5, 9, 0, 63, 5, 5, 7], 3])
      expect(tokens.slice(7, 35)).not.toEqual(Array.from(free.get(index)?.tokens ?? []).slice(7, 35))
    }
  })

  it('draws the same picture for every candidate at temperature 0', async () => {
    const settings = { temperature: 0, topK: 0, topP: 1, guidanceScale: 1 }
    const results = await run(await packOf('dense'), [0, 1], { settings })
    expect(results.get(1)?.tokens).toEqual(results.get(0)?.tokens)
  })

  it('gives the same with copied outputs as with the cache in place', async () => {
    const pack = await packOf('sparse')
    expect(pack.transformer.mode).toBe('inPlace')
    const source = { packId: pack.manifest.id, folder: join(folder, 'sparse'), precision: 'fp32' as const }
    const copied = await loadPack(source, { threads: 1, cacheMode: 'copied' })
    expect(tokensOf(await run(copied, upTo(3)), 3)).toEqual(tokensOf(await run(pack, upTo(3)), 3))
  })

  it('refuses rows that do not fit', async () => {
    const pack = await packOf('dense')
    const resume = new Map([[0, new Uint16Array(5)]])
    await expect(run(pack, [0], { resume })).rejects.toMatchObject({
      code: 'invalidRequest',
      message: 'Resumed tokens of candidate 0 must be whole rows of 6 codes below 64.',
    })
  })
})
