import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { CandidateFinished, DecodeJob, RowFinished } from '#app/contract/engine-protocol.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { PackManifest } from '#app/domain/pack.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import type { DecodeListener } from './engine.ts'
import type { EngineChild } from './engine-child.ts'
import { forkEngine } from './fork-engine.ts'
import { EngineHost } from './host.ts'

let folder = ''
let manifest: PackManifest
const hosts: EngineHost[] = []
const children: EngineChild[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-engine-'))
  manifest = await makeTinyPack(join(folder, 'tiny'))
})
afterEach(() => Promise.all(hosts.splice(0).map((host) => host.close())))
afterAll(() => rm(folder, { recursive: true }))

async function openHost(): Promise<EngineHost> {
  const host = new EngineHost(() => {
    const child = forkEngine()
    children.push(child)
    return child
  })
  hosts.push(host)
  await host.loadPack({ packId: manifest.id, folder: join(folder, 'tiny'), precision: 'fp32' })
  return host
}

function jobFor(candidates: readonly number[], part: Partial<DecodeJob> = {}): DecodeJob {
  return {
    jobId: '01890000-0000-7000-8000-000000000001' as GenerationId,
    packId: manifest.id,
    prompt: 'the red cat',
    seed: 7,
    candidates,
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 2 },
    isPreviewWanted: false,
    ...part,
  }
}

class Recorder implements DecodeListener {
  readonly order: string[] = []
  readonly rows: RowFinished[] = []
  readonly candidates = new Map<number, CandidateFinished>()
  onRow(row: RowFinished): void | Promise<void> {
    this.order.push(`row ${row.row}`)
    this.rows.push(row)
  }
  onCandidate(candidate: CandidateFinished): void | Promise<void> {
    this.order.push(`candidate ${candidate.index}`)
    this.candidates.set(candidate.index, candidate)
  }
  tokensOf(index: number): number[] {
    return Array.from(this.candidates.get(index)?.tokens ?? [])
  }
}

async function decodeAll(host: EngineHost, job: DecodeJob): Promise<Recorder> {
  const recorder = new Recorder()
  const answer = await host.decode(job, recorder, new AbortController().signal)
  expect(answer.outcome).toBe('finished')
  return recorder
}

describe('EngineHost on the tiny pack', () => {
  it('delivers rows, then candidates with everything they have', async () => {
    const recorder = await decodeAll(await openHost(), jobFor([0, 1], { isPreviewWanted: true }))
    expect(recorder.order).toEqual(['row 0', 'row 1', 'row 2', 'row 3', 'candidate 0', 'candidate 1'])
    const { width, height } = manifest.picture
    expect([recorder.rows[0]?.previews?.length, recorder.rows[0]?.previews?.[0]?.pixels.length]).toEqual([
      2,
      width * height * 3,
    ])
    const candidate = recorder.candidates.get(1)
    expect(recorder.rows.flatMap((row) => Array.from(row.tokens.subarray(4)))).toEqual(recorder.tokensOf(1))
    const mean = (candidate?.nlls ?? new Float32Array()).reduce((sum, nll) => sum + nll, 0) / 16
    expect(candidate?.perplexity).toBeCloseTo(Math.exp(mean), 5)
    expect(candidate?.entropies.every((entropy) => entropy > 0 && entropy <= Math.log(64) + 1e-6)).toBe(true)
    expect(candidate?.embedding?.length).toBe(manifest.clip?.projection)
    expect(candidate?.clipScore).toBeGreaterThanOrEqual(-1)
    expect(candidate?.clipScore).toBeLessThanOrEqual(1)
  })

  it('goes on with the CPU when the process ends while it tries a device', async () => {
    const posted: unknown[] = []
    const dying: EngineChild = {
      post: (envelope) => posted.push(envelope.request),
      listen(onMessage, onExit) {
        setImmediate(() => {
          onMessage({ type: 'trying', device: 'webgpu' })
          onExit('signal SIGSEGV')
        })
      },
      kill: () => undefined,
    }
    let spawned = 0
    const host = new EngineHost(() => (spawned++ === 0 ? dying : forkEngine()))
    hosts.push(host)
    const pack = { packId: manifest.id, folder: join(folder, 'tiny'), precision: 'fp32' as const }
    expect(await host.loadPack(pack)).toMatchObject({ provider: 'cpu', where: 'Everything runs on the CPU.' })
    expect([spawned, posted]).toEqual([2, [{ type: 'loadPack', pack }]])
  })

  it('answers the small requests', async () => {
    const host = await openHost()
    expect(await host.describe()).toEqual({
      runtimeVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown,
      providers: expect.arrayContaining(['cpu']) as unknown,
      threads: availableParallelism(),
      loaded: [{ packId: manifest.id, device: 'cpu', precision: 'fp32' }],
    })
    expect(await host.tokenize(manifest.id, 'the red')).toMatchObject({ count: 2, kept: 'the red' })
    const tokens = Uint16Array.from({ length: 16 }, (_, i) => i)
    const [picture] = await host.drawTokens(manifest.id, [tokens, tokens])
    if (picture === undefined) throw new Error('no picture')
    expect(picture.pixels.length).toBe(picture.width * picture.height * 3)
    const encoded = await host.encodePicture(manifest.id, picture)
    expect([encoded.tokens.length, encoded.reconstruction.width]).toEqual([16, picture.width])
    expect(encoded.psnr).toBeGreaterThan(0)
    const [text, image] = [await host.embedText(manifest.id, 'cat'), await host.embedPicture(manifest.id, picture)]
    for (const embedding of [text, image]) expect(Math.hypot(...embedding)).toBeCloseTo(1, 5)
  })

  it('cancels between steps, and what was journalled goes on with the same result', async () => {
    const host = await openHost()
    const whole = await decodeAll(host, jobFor([0, 1, 2]))
    const controller = new AbortController()
    const partial = new Recorder()
    const answer = await host.decode(
      jobFor([0, 1, 2]),
      { onRow: (row) => (partial.onRow(row), controller.abort()), onCandidate: () => undefined },
      controller.signal,
    )
    expect(answer.outcome).toBe('cancelled')
    const resume = new Map(
      [0, 1, 2].map((index) => [
        index,
        Uint16Array.from(partial.rows.flatMap((row) => Array.from(row.tokens.subarray(index * 4, index * 4 + 4)))),
      ]),
    )
    const resumed = await decodeAll(host, jobFor([0, 1, 2], { resume }))
    for (const index of [0, 1, 2]) expect(resumed.candidates.get(index)).toEqual(whole.candidates.get(index))
  })

  it('waits for the listener, in order, and hands its error on', async () => {
    const host = await openHost()
    const order: string[] = []
    await host.decode(
      jobFor([0]),
      {
        async onRow({ row }) {
          order.push(`row ${row} begins`)
          await new Promise((resolve) => setTimeout(resolve, 5))
          order.push(`row ${row} ends`)
        },
        onCandidate: () => void order.push('candidate'),
      },
      new AbortController().signal,
    )
    expect(order).toEqual([...[0, 1, 2, 3].flatMap((row) => [`row ${row} begins`, `row ${row} ends`]), 'candidate'])
    const failing: DecodeListener = {
      onRow: () => Promise.reject(new Error('disk full')),
      onCandidate: () => undefined,
    }
    await expect(host.decode(jobFor([0]), failing, new AbortController().signal)).rejects.toThrow('disk full')
  })

  it('fails with engineDied when the process dies, and the next job works', async () => {
    const host = await openHost()
    const dying: DecodeListener = { onRow: () => children.at(-1)?.kill(), onCandidate: () => undefined }
    const job = jobFor([0, 1, 2, 3], { candidates: Array.from({ length: 200 }, (_, i) => i) })
    await expect(host.decode(job, dying, new AbortController().signal)).rejects.toMatchObject({ code: 'engineDied' })
    const recorder = await decodeAll(host, jobFor([0]))
    expect(recorder.tokensOf(0).length).toBe(16)
  })

  it('names what is wrong with a pack or a request', async () => {
    const host = await openHost()
    await expect(host.embedText('nope' as never, 'x')).rejects.toMatchObject({
      code: 'packMissing',
      message: 'The engine has not loaded the pack "nope" (loaded: tiny).',
    })
    const forced = new Int32Array(16).fill(-1)
    forced[3] = 64
    await expect(decodeAll(host, jobFor([0], { forcedTokens: forced }))).rejects.toMatchObject({
      code: 'invalidRequest',
      message: 'Forced token 64 at cell 3 is not −1 (free) or a code from 0 to 63.',
    })
    await makeTinyPack(join(folder, 'damaged'), { id: 'damaged' })
    const file = manifest.sessions.transformer.fp32 ?? ''
    await writeFile(join(folder, 'damaged', file), Buffer.alloc(manifest.files[file]?.bytes ?? 0))
    const damaged = { packId: 'damaged' as never, folder: join(folder, 'damaged'), precision: 'fp32' as const }
    await expect(host.loadPack(damaged)).rejects.toMatchObject({
      code: 'packInvalid',
      message: `${file} is damaged: its sha256 is not the one in pack.json.`,
    })
  })
})
