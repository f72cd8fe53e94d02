import type { CandidateFinished, DecodeJob, RgbPicture, UpscaleJob } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { DecodeListener, Engine } from '#main/engine/engine.ts'

/** Grid of the fake pack: tests read better when a whole picture fits a line. */
export const fakeGrid = { rows: 3, columns: 2, vocabulary: 64 } as const

export interface FakeEngine extends Engine {
  /** What was asked of it, in order. */
  readonly jobs: DecodeJob[]
  readonly loads: string[]
  readonly unloads: string[]
  /** The process dies after this many more rows, then again for each further entry. */
  readonly deaths: number[]
  /** While set, no row is begun before it resolves. */
  gate: Promise<void> | undefined
  /** Candidates from this number on show nothing before they are finished; default none. */
  previewed: number
  /** Pictures it was asked to enlarge, in order. */
  readonly upscales: UpscaleJob[]
  isClosed: boolean
}

/**
 * An engine that draws from the counter alone, one row of all candidates at a time, and honours resume, forced tokens, cancel and the listener's promises.
 * A token depends on seed, candidate and cell only, as in the real one.
 */
export function createFakeEngine(): FakeEngine {
  const loaded = new Set<string>()
  const engine: FakeEngine = {
    jobs: [],
    loads: [],
    unloads: [],
    deaths: [],
    gate: undefined,
    previewed: Infinity,
    upscales: [],
    isClosed: false,
    describe: () => Promise.resolve({ runtimeVersion: '1.0.0', providers: ['fake'], threads: 1 }),
    loadPack({ packId }) {
      engine.loads.push(packId)
      loaded.add(packId)
      return Promise.resolve({ seconds: 0, provider: 'fake' })
    },
    unloadPack(packId) {
      engine.unloads.push(packId)
      loaded.delete(packId)
      return Promise.resolve()
    },
    tokenize(_packId, prompt) {
      const tokens = prompt.split(/\s+/).filter((word) => word !== '')
      return Promise.resolve({ count: tokens.length, limit: 32, tokens, kept: prompt })
    },
    async decode(job, listener, signal) {
      if (!loaded.has(job.packId)) throw new StudioError('internal', `The pack ${job.packId} is not loaded.`)
      engine.jobs.push(job)
      const outcome = await draw(engine, loaded, job, listener, signal)
      return { outcome, seconds: { load: 0, prefill: 0.25, decode: 1, pixels: 0.5, rank: 0.125 } }
    },
    drawTokens: (_packId, grids) => Promise.resolve(grids.map(() => pictureOf(0))),
    encodePicture: (_packId, picture) =>
      Promise.resolve({ tokens: new Uint16Array(fakeGrid.rows * fakeGrid.columns), reconstruction: picture, psnr: 99 }),
    measureCache: () => Promise.resolve([]),
    async upscale(job, signal) {
      engine.upscales.push(job)
      await engine.gate
      const { scale, picture } = job
      const [width, height] = [picture.width * scale, picture.height * scale]
      return signal?.aborted === true ? null : { width, height, pixels: new Uint8Array(width * height * 3).fill(77) }
    },
    embedText: () => Promise.resolve(Float32Array.of(1, 0)),
    embedPicture: () => Promise.resolve(Float32Array.of(0, 1)),
    close() {
      engine.isClosed = true
      return Promise.resolve()
    },
  }
  return engine
}

async function draw(
  engine: FakeEngine,
  loaded: Set<string>,
  job: DecodeJob,
  listener: DecodeListener,
  signal: AbortSignal,
): Promise<'finished' | 'cancelled'> {
  const { rows, columns } = fakeGrid
  for (let row = 0; row < rows; row++) {
    await engine.gate
    await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) return 'cancelled'
    dieIfDue(engine, loaded)
    const open = job.candidates.filter((index) => (job.resume?.get(index)?.length ?? 0) <= row * columns)
    if (open.length === 0) continue
    const tokens = open.flatMap((index) => rowOf(job, index, row))
    const preview = (index: number) => (index < engine.previewed ? pictureOf(index) : null)
    const previews = job.isPreviewWanted ? { previews: open.map(preview) } : {}
    await listener.onRow({ candidates: open, row, rows, tokens: Uint16Array.from(tokens), ...previews })
  }
  for (const index of job.candidates) {
    if (signal.aborted) return 'cancelled'
    dieIfDue(engine, loaded)
    await listener.onCandidate(finishedCandidate(job, index))
  }
  return 'finished'
}

function dieIfDue(engine: FakeEngine, loaded: Set<string>): void {
  const [left] = engine.deaths
  if (left === undefined) return
  if (left > 0) {
    engine.deaths[0] = left - 1
    return
  }
  engine.deaths.shift()
  loaded.clear()
  throw new StudioError('engineDied', 'The engine process ended (signal SIGSEGV).')
}

function rowOf(job: DecodeJob, index: number, row: number): number[] {
  const { columns } = fakeGrid
  return Array.from({ length: columns }, (_, column) => tokenOf(job, index, row * columns + column))
}

function tokenOf(job: DecodeJob, index: number, cell: number): number {
  const resumed = job.resume?.get(index)?.[cell]
  const forced = job.forcedTokens?.[cell] ?? -1
  return resumed ?? (forced >= 0 ? forced : (job.seed * 31 + index * 7 + cell * 3) % fakeGrid.vocabulary)
}

function finishedCandidate(job: DecodeJob, index: number): CandidateFinished {
  const cells = fakeGrid.rows * fakeGrid.columns
  return {
    index,
    tokens: Uint16Array.from({ length: cells }, (_, cell) => tokenOf(job, index, cell)),
    nlls: new Float32Array(cells),
    entropies: new Float32Array(cells),
    perplexity: 1,
    picture: pictureOf(index),
    clipScore: ((index * 5) % 8) / 8,
    embedding: Float32Array.of(1, 0),
  }
}

function pictureOf(shade: number): RgbPicture {
  return { width: 4, height: 6, pixels: new Uint8Array(4 * 6 * 3).fill(shade) }
}
