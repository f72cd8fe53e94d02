import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { packManifestSchema, type PackManifest, type Precision } from '#app/domain/pack.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { forkEngine } from '../fork-engine.ts'
import { EngineHost } from '../host.ts'
import { benchJob } from './bench-job.ts'

/** What a person feels, measured through the engine process. Seconds and milliseconds of the fastest run. */
export interface RunMeasurement {
  readonly packId: string
  readonly precision: Precision
  /** From the call to 16 ranked pictures, with previews. */
  readonly secondsFor16: number
  readonly stages: { readonly prefill: number; readonly decode: number; readonly pixels: number; readonly rank: number }
  /** Share of that time until the first preview arrives. */
  readonly firstPreviewFraction: number
  /** From cancel to the answer. */
  readonly cancelMs: number
}

export interface BenchPack {
  readonly folder: string
  readonly manifest: PackManifest
  remove(): Promise<void>
}

const shipped = fileURLToPath(new URL('../../../models/starter/pack', import.meta.url))

/** The pack in `folder`, by default the one that ships, or a tiny random one where there is none yet. */
export async function openBenchPack(folder: string = shipped): Promise<BenchPack> {
  if (existsSync(join(folder, 'pack.json'))) {
    const manifest = packManifestSchema.parse(JSON.parse(await readFile(join(folder, 'pack.json'), 'utf8')))
    return { folder, manifest, remove: () => Promise.resolve() }
  }
  const parent = await mkdtemp(join(tmpdir(), 'easel-bench-'))
  const manifest = await makeTinyPack(join(parent, 'tiny'))
  return { folder: join(parent, 'tiny'), manifest, remove: () => rm(parent, { recursive: true }) }
}

export async function measureRun(pack: BenchPack, precision: Precision, rounds: number): Promise<RunMeasurement> {
  const engine = new EngineHost(() => forkEngine())
  try {
    await engine.loadPack({ packId: pack.manifest.id, folder: pack.folder, precision })
    const job = benchJob(pack.manifest, { candidates: Array.from({ length: 16 }, (_, i) => i), isPreviewWanted: true })
    let best: Omit<RunMeasurement, 'cancelMs' | 'packId' | 'precision'> | null = null
    // The first run makes the sessions that are made on first use.
    for (let round = 0; round <= rounds; round++) {
      const run = await timeRun(engine, job)
      if (round > 0 && (best === null || run.secondsFor16 < best.secondsFor16)) best = run
    }
    if (best === null) throw new Error('At least one round is needed.')
    return { packId: pack.manifest.id, precision, ...best, cancelMs: await timeCancel(engine, job, rounds) }
  } finally {
    await engine.close()
  }
}

async function timeRun(
  engine: EngineHost,
  job: DecodeJob,
): Promise<Omit<RunMeasurement, 'cancelMs' | 'packId' | 'precision'>> {
  const started = performance.now()
  let firstPreview = 0
  const listener = {
    onRow: (row: { readonly previews?: unknown }) => {
      if (row.previews !== undefined && firstPreview === 0) firstPreview = performance.now() - started
    },
    onCandidate: () => undefined,
  }
  const { seconds } = await engine.decode(job, listener, new AbortController().signal)
  const total = performance.now() - started
  const { prefill, decode, pixels, rank } = seconds
  return {
    secondsFor16: total / 1000,
    stages: { prefill, decode, pixels, rank },
    firstPreviewFraction: firstPreview / total,
  }
}

/** The slowest of a few: the bound is what counts. */
async function timeCancel(engine: EngineHost, job: DecodeJob, rounds: number): Promise<number> {
  let slowest = 0
  for (let round = 0; round < rounds; round++) {
    const controller = new AbortController()
    let cancelled = 0
    const listener = {
      onRow: ({ row }: { readonly row: number }) => {
        if (row !== 1) return
        cancelled = performance.now()
        controller.abort()
      },
      onCandidate: () => undefined,
    }
    await engine.decode(job, listener, controller.signal)
    slowest = Math.max(slowest, performance.now() - cancelled)
  }
  return slowest
}
