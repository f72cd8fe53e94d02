import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import type { CandidateFinished, DecodeJob, RowFinished } from '#app/contract/engine-protocol.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { decode, type DecodeOptions } from './decode.ts'
import { loadPack, type LoadedPack } from './loaded-pack.ts'

let folder = ''
let pack: LoadedPack
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-joined-'))
  const { id } = await makeTinyPack(join(folder, 'tiny'), { transformer: { rows: 6, columns: 6 } })
  pack = await loadPack({ packId: id, folder: join(folder, 'tiny'), precision: 'fp32' }, { threads: 1 })
})
afterAll(async () => {
  await pack.dispose()
  await rm(folder, { recursive: true })
})

/** Rows 0, 3 and 5 are kept, and all but two cells of row 4. */
const kept = (cell: number): boolean => [0, 3, 5].includes(Math.floor(cell / 6)) || (cell >= 26 && cell < 30)
const hole = 6

async function run(part: Partial<DecodeJob>, options: DecodeOptions = {}) {
  const job: DecodeJob = {
    jobId: 'job' as DecodeJob['jobId'],
    packId: pack.manifest.id,
    prompt: 'the red cat',
    seed: 5,
    candidates: [0, 1, 2],
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 },
    isPreviewWanted: false,
    ...part,
  }
  const [rows, candidates]: [RowFinished[], CandidateFinished[]] = [[], []]
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  for await (const progress of decode(pack, job, seconds, options)) {
    if (progress.type === 'row') rows.push(progress.row)
    if (progress.type === 'candidate') candidates.push(progress.candidate)
  }
  return { rows, candidates }
}

async function forcedTokens(): Promise<Int32Array> {
  const [picture] = (await run({ seed: 99, candidates: [0] })).candidates
  return Int32Array.from(picture?.tokens ?? [], (code, cell) => (kept(cell) ? code : -1))
}

/** Mean negative log-likelihood of the kept cells behind the hole, summed over the cells. */
function joint(candidates: readonly CandidateFinished[]): number {
  const sums = candidates.map(({ nlls }) =>
    nlls.reduce((sum, nll, cell) => sum + (cell > hole && kept(cell) ? nll : 0), 0),
  )
  return sums.reduce((a, b) => a + b, 0) / sums.length
}

it('attempts make what follows the hole likelier', async () => {
  const forced = await forcedTokens()
  const candidates = Array.from({ length: 24 }, (_, index) => index)
  const joints: number[] = []
  for (const attempts of [1, 4, 16]) {
    joints.push(joint((await run({ forcedTokens: forced, candidates, attempts })).candidates))
  }
  const [alone = 0, four = 0, sixteen = 0] = joints
  expect(four).toBeLessThan(alone - 0.3)
  expect(sixteen).toBeLessThan(four - 0.1)
})

it('keeps what is forced, and depends on seed, candidate and number of attempts alone', async () => {
  const part = { forcedTokens: await forcedTokens(), attempts: 4 }
  for (const settings of [
    { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 },
    { temperature: 0.8, topK: 40, topP: 0.9, guidanceScale: 2 },
  ]) {
    const { candidates, rows } = await run({ ...part, settings })
    for (const { tokens } of candidates) {
      expect([...tokens].filter((_, cell) => kept(cell))).toEqual([...part.forcedTokens].filter((code) => code >= 0))
    }
    expect(new Set(candidates.map(({ tokens }) => String(tokens))).size).toBe(3)
    expect(rows.map(({ row, isProvisional }) => [row, isProvisional])).toEqual(
      Array.from({ length: 6 }, (_, row) => [row, true]),
    )
    expect((await run({ ...part, settings }, { chunk: 2 })).candidates).toEqual(candidates)
    expect((await run({ ...part, settings, candidates: [2] })).candidates).toEqual([candidates[2]])
  }
})

it('changes nothing where nothing kept follows', async () => {
  const forced = (await forcedTokens()).fill(-1, hole)
  expect(await run({ forcedTokens: forced, attempts: 4 })).toEqual(await run({ forcedTokens: forced }))
})
