import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { decode } from './decode.ts'
import { loadPack, type LoadedPack } from './loaded-pack.ts'
import { drawGrids, encodePicture } from './pixels.ts'

let folder = ''
let pack: LoadedPack
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-palette-'))
  const { id } = await makeTinyPack(join(folder, 'tiny'), { hasPalette: true })
  pack = await loadPack({ packId: id, folder: join(folder, 'tiny'), precision: 'fp32' }, { threads: 1 })
})
afterAll(() => rm(folder, { recursive: true }))

async function drawTokens(changes: Partial<DecodeJob>): Promise<number[][]> {
  const job: DecodeJob = {
    jobId: '00000000-0000-4000-8000-000000000000' as GenerationId,
    packId: pack.manifest.id,
    prompt: 'a red apple',
    seed: 7,
    candidates: [0, 1],
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 },
    isPreviewWanted: false,
    ...changes,
  }
  const drawn: number[][] = []
  const seconds = { load: 0, prefill: 0, decode: 0, pixels: 0, rank: 0 }
  for await (const progress of decode(pack, job, seconds)) {
    if (progress.type === 'candidate') drawn[progress.candidate.index] = [...progress.candidate.tokens]
  }
  return drawn
}

it('the palette is drawn before the places, and a run resumed after it goes on as it would have', async () => {
  const whole = await drawTokens({})
  expect(whole.map(({ length }) => length)).toEqual([20, 20])
  const resume = new Map(whole.map((tokens, index) => [index, Uint16Array.from(tokens.slice(0, 4))]))
  expect(await drawTokens({ resume })).toEqual(whole)
})

it('every place kept and the palette free gives the same shapes in other colours', async () => {
  const [source = []] = await drawTokens({ candidates: [0] })
  const forcedTokens = Int32Array.from(source, (code, token) => (token < 4 ? -1 : code))
  const [recoloured = []] = await drawTokens({ candidates: [0], prompt: 'a blue cat', seed: 8, forcedTokens })
  expect(recoloured.slice(4)).toEqual(source.slice(4))
  expect(recoloured.slice(0, 4)).not.toEqual(source.slice(0, 4))
  const [before, after] = await drawGrids(pack, [Uint16Array.from(source), Uint16Array.from(recoloured)])
  expect(after?.pixels).not.toEqual(before?.pixels)
})

it('a picture is encoded to colours by position, and then places', async () => {
  const halves = Uint8Array.from({ length: 32 * 32 * 3 }, (_, index) => (index < 32 * 48 ? 40 : 200))
  const { tokens, reconstruction } = await encodePicture(pack, { width: 32, height: 32, pixels: halves })
  expect([...tokens.subarray(0, 4)].map((code) => Math.floor(code / 8))).toEqual([0, 1, 2, 3])
  expect(tokens).toHaveLength(20)
  expect([reconstruction.width, reconstruction.height]).toEqual([32, 32])
  const red = halves.map((value, index) => (index % 3 === 0 ? value : 0))
  const other = await encodePicture(pack, { width: 32, height: 32, pixels: red })
  expect(other.tokens.subarray(0, 4)).not.toEqual(tokens.subarray(0, 4))
})
