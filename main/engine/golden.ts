import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { SamplingSettings } from '#app/domain/generation.ts'
import { goldenSchema, type Golden, type GoldenRun } from '#app/domain/golden.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import { precisions, type PackManifest } from '#app/domain/pack.ts'

import type { Engine } from './engine.ts'
import { forkEngine } from './fork-engine.ts'
import { EngineHost } from './host.ts'

/** A run of a golden file whose tokens came out differently here. */
export interface GoldenMismatch {
  readonly run: GoldenRun
  /** First cell in raster order that differs. */
  readonly cell: number
}

const goldenPrompts = ['a red apple on a white background', 'a blue cat'] as const
const goldenSeed = 7

/** Runs of a pack in every precision: two prompts as the pack samples by default with guidance, and one by argmax. */
export async function drawGolden(engine: Engine, folder: string, manifest: PackManifest): Promise<Golden> {
  const { temperature, topK, topP, guidanceScale } = manifest.sampling
  const sampled: SamplingSettings = { temperature, topK, topP, guidanceScale }
  const likeliest: SamplingSettings = { temperature: 0, topK: 0, topP: 1, guidanceScale: 1 }
  const runs: GoldenRun[] = []
  for (const precision of precisions) {
    if (manifest.sessions.transformer[precision] === undefined) continue
    await engine.loadPack({ packId: manifest.id, folder, precision })
    for (const [prompt, settings, candidate] of [
      [goldenPrompts[0], sampled, 0],
      [goldenPrompts[1], { ...sampled, guidanceScale: 3 }, 5],
      [goldenPrompts[0], likeliest, 0],
    ] as const) {
      const run = { precision, prompt, seed: goldenSeed, candidate, settings }
      runs.push({ ...run, tokens: Array.from(await drawRun(engine, manifest, run)) })
    }
  }
  return { schemaVersion: 1, runs }
}

/** `drawGolden` with an engine of its own: the hook of the pack builder. */
export async function drawGoldenOnce(folder: string, manifest: PackManifest): Promise<Golden> {
  const engine = new EngineHost(() => forkEngine())
  try {
    return await drawGolden(engine, folder, manifest)
  } finally {
    await engine.close()
  }
}

/**
 * Replays golden.json of a pack: the self-check after an import and on a new device. Leaves the fp32 transformer loaded.
 * @returns what differs; empty = the pack runs here as where it was made
 * @throws StudioError packInvalid when the pack has no golden.json or a broken one
 */
export async function checkGolden(engine: Engine, folder: string, manifest: PackManifest): Promise<GoldenMismatch[]> {
  const { runs } = await readGolden(folder, manifest)
  const mismatches: GoldenMismatch[] = []
  for (const precision of [...precisions].reverse()) {
    const ofPrecision = runs.filter((run) => run.precision === precision)
    if (ofPrecision.length === 0) continue
    await engine.loadPack({ packId: manifest.id, folder, precision })
    for (const run of ofPrecision) {
      const tokens = await drawRun(engine, manifest, run)
      const cell = run.tokens.findIndex((code, i) => code !== tokens[i])
      if (cell >= 0 || tokens.length !== run.tokens.length) mismatches.push({ run, cell: Math.max(0, cell) })
    }
  }
  return mismatches
}

async function readGolden(folder: string, manifest: PackManifest): Promise<Golden> {
  if (manifest.golden === undefined) {
    throw new StudioError('packInvalid', `The pack "${manifest.id}" has no golden.json to check against.`)
  }
  const parsed = goldenSchema.safeParse(JSON.parse(await readFile(join(folder, manifest.golden), 'utf8')))
  if (!parsed.success) throw new StudioError('packInvalid', `${manifest.golden}: ${parsed.error.message}`)
  return parsed.data
}

async function drawRun(
  engine: Engine,
  manifest: PackManifest,
  { prompt, seed, candidate, settings }: Omit<GoldenRun, 'tokens'>,
): Promise<Uint16Array> {
  const job: DecodeJob = {
    jobId: 'golden' as GenerationId,
    packId: manifest.id,
    prompt,
    seed,
    candidates: [candidate],
    settings,
    isPreviewWanted: false,
  }
  let tokens = new Uint16Array()
  const listener = {
    onRow: () => undefined,
    onCandidate: (finished: { readonly tokens: Uint16Array }) => void (tokens = new Uint16Array(finished.tokens)),
  }
  await engine.decode(job, listener, new AbortController().signal)
  return tokens
}
