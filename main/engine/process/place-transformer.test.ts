import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import type { Golden, GoldenRun } from '#app/domain/golden.ts'
import type { PackManifest } from '#app/domain/pack.ts'
import { buildPack } from '#main/packs/build/build-pack.ts'
import { tinyWeights } from '#main/packs/tiny/tiny-weights.ts'

import { decode } from './decode.ts'
import { checkDevice } from './device-check.ts'
import { loadPack, type LoadedPack } from './loaded-pack.ts'

let folder = ''
let golden: Golden = { schemaVersion: 1, runs: [] }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-place-'))
  await buildPack(tinyWeights(), join(folder, 'plain'))
  await buildPack(tinyWeights(), join(folder, 'golden'), { drawGolden })
})
afterAll(() => rm(folder, { recursive: true }))

const settings = { temperature: 1, topK: 0, topP: 0.9, guidanceScale: 2 }

async function tokensOf(pack: LoadedPack, prompt: string, seed: number): Promise<number[]> {
  const job: DecodeJob = {
    ...{ jobId: 'job' as DecodeJob['jobId'], packId: pack.manifest.id, prompt, seed, candidates: [0, 1] },
    ...{ settings, isPreviewWanted: false },
  }
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  for await (const progress of decode(pack, job, seconds)) {
    if (progress.type === 'candidate') return [...progress.candidate.tokens]
  }
  return []
}

async function drawGolden(drawn: string, manifest: PackManifest): Promise<Golden> {
  const pack = await loadPack({ packId: manifest.id, folder: drawn, precision: 'fp32' }, { threads: 1 })
  const runs: GoldenRun[] = []
  for (const prompt of ['the red cat', 'a blue tree']) {
    runs.push({
      precision: 'fp32',
      ...{ prompt, seed: 3, candidate: 0, settings, tokens: await tokensOf(pack, prompt, 3) },
    })
  }
  await pack.dispose()
  golden = { schemaVersion: 1, runs }
  return golden
}

function load(name: 'plain' | 'golden', device: string): Promise<LoadedPack> {
  const source = {
    packId: 'tiny' as LoadedPack['manifest']['id'],
    folder: join(folder, name),
    precision: 'fp32' as const,
  }
  return loadPack(source, { threads: 1, device })
}
/** One that this machine cannot have. */
const foreign = process.platform === 'win32' ? 'coreml' : 'dml'

describe('where a transformer runs', () => {
  it('stays on the CPU when nothing else is asked for, cannot be checked, or cannot be had', async () => {
    const placed = [await load('golden', 'cpu'), await load('plain', foreign), await load('golden', foreign)]
    expect(placed.map((pack) => pack.placed.device)).toEqual(['cpu', 'cpu', 'cpu'])
    const [plain, unchecked, missing] = placed.map((pack) => pack.placed.where)
    expect(plain).toBe('Everything runs on the CPU.')
    expect(unchecked).toMatch(/^Everything runs on the CPU\. \w+: not tried, because the pack has no golden run/)
    expect(missing).toMatch(/^Everything runs on the CPU\. \w+: cannot be had here/)
  })

  it('tells a transformer that draws the golden tokens from one that does not', async () => {
    const { transformer, tokenizer } = await load('golden', 'cpu')
    expect(await checkDevice(transformer, tokenizer, golden, Infinity)).toMatchObject({ tokens: 32, agreement: 1 })
    const others = golden.runs.map((run) => ({ ...run, tokens: run.tokens.map((token) => (token + 1) % 64) }))
    const wrong = await checkDevice(transformer, tokenizer, { ...golden, runs: others }, Infinity)
    expect(wrong.agreement).toBeLessThan(0.5)
    expect(await checkDevice(transformer, tokenizer, golden, 0)).toMatchObject({ isTooSlow: true })
  })
})

// EASEL_TEST_DEVICE=webgpu, on a machine that has it or with a Vulkan in software (docs/performance.md).
const wished = process.env.EASEL_TEST_DEVICE
describe.runIf(wished !== undefined)(`on ${wished}`, () => {
  it('draws the golden tokens and those of the CPU', async () => {
    const [there, here] = [await load('golden', wished ?? ''), await load('golden', 'cpu')]
    expect(there.placed.device).toBe(wished)
    expect(there.placed.where).toMatch(/^The transformer runs on .+ \(100\.0 % of 32 golden tokens/)
    expect(await tokensOf(there, 'the red cat', 5)).toEqual(await tokensOf(here, 'the red cat', 5))
  }, 600_000)
})
