import type { DecodeJob } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { Golden, GoldenRun } from '#app/domain/golden.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import { precisionsOf, type PackManifest } from '#app/domain/pack.ts'
import type { Engine } from '#main/engine/engine.ts'

/** Whatever a pack was trained on, these words have ids; the second one tells a lower-casing tokenizer from another. */
export const goldenPrompts = ['a red apple', 'A Blue Cat'] as const
const goldenSeed = 20210224
/** Not a job of the library: golden runs leave no trace. */
const jobId = '00000000-0000-0000-0000-000000000000' as GenerationId

type Question = Omit<GoldenRun, 'tokens'>

/** For a caller that waits: a run of a large model takes minutes. */
export interface GoldenWatch {
  readonly signal?: AbortSignal
  readonly onRun?: (done: number, total: number) => void
}

/**
 * Draws the golden runs of a pack: each prompt in each precision, with the pack's own sampling settings.
 * @throws the signal's reason when aborted
 */
export async function drawGolden(
  engine: Engine,
  folder: string,
  manifest: PackManifest,
  { signal, onRun }: GoldenWatch = {},
): Promise<Golden> {
  const { candidates: _, ...settings } = manifest.sampling
  const questions: Question[] = precisionsOf(manifest).flatMap((precision) =>
    goldenPrompts.map((prompt) => ({ precision, prompt, seed: goldenSeed, candidate: 0, settings })),
  )
  const runs: GoldenRun[] = []
  for (const question of questions) {
    onRun?.(runs.length, questions.length)
    const { tokens } = await drawTokens(engine, folder, manifest, question, signal)
    runs.push({ ...question, tokens })
  }
  return { schemaVersion: 1, runs }
}

export interface GoldenComparison {
  readonly run: GoldenRun
  /** Share of tokens, 0 to 1, up to the first that differs. Rounding differs between kinds of processors, so a late branch is no error. */
  readonly equalShare: number
  /** What ran where, in the engine's words. */
  readonly where?: string
}

/** Draws a pack's golden runs again on this machine. */
export async function compareGolden(
  engine: Engine,
  folder: string,
  manifest: PackManifest,
  golden: Golden,
): Promise<readonly GoldenComparison[]> {
  const comparisons: GoldenComparison[] = []
  for (const run of golden.runs) {
    const { tokens, where } = await drawTokens(engine, folder, manifest, run)
    const first = tokens.findIndex((token, index) => token !== run.tokens[index])
    comparisons.push({ run, equalShare: first === -1 ? 1 : first / run.tokens.length, where })
  }
  return comparisons
}

async function drawTokens(
  engine: Engine,
  folder: string,
  { id }: PackManifest,
  { precision, prompt, seed, candidate, settings }: Question,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly tokens: number[]; readonly where: string }> {
  const { where = '' } = await engine.loadPack({ packId: id, folder, precision })
  const job: DecodeJob = { jobId, packId: id, prompt, seed, candidates: [candidate], settings, isPreviewWanted: false }
  let tokens: number[] | undefined
  const listener = {
    onRow: () => {},
    onCandidate(finished: { readonly tokens: Uint16Array }) {
      tokens = [...finished.tokens]
    },
  }
  await engine.decode(job, listener, signal)
  signal.throwIfAborted()
  if (tokens === undefined) throw new StudioError('internal', `The golden run "${prompt}" drew nothing.`)
  return { tokens, where }
}
