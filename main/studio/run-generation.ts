import type { CandidateFinished, DecodeJob, EngineAnswers, RowFinished } from '#app/contract/engine-protocol.ts'
import { StudioError, toWireError } from '#app/contract/errors.ts'
import type { GenerationSummary, StageSeconds } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { DecodeListener } from '#main/engine/engine.ts'

import { forcedTokensOf } from './forced-tokens.ts'
import type { StudioParts } from './parts.ts'
import { isEngineDeath, quarantineError } from './quarantine.ts'
import { closing } from './queue.ts'

/**
 * Does one job of the library, from where its journal ends, and writes how it ended. Never rejects.
 * @param signal aborted = cancelled; aborted with the reason `closing` = left as it is, to go on at the next start
 */
export async function runGeneration(parts: StudioParts, id: GenerationId, signal: AbortSignal): Promise<void> {
  let generation: GenerationSummary | undefined
  try {
    generation = parts.library.setGenerationState(id, 'running')
    parts.events.emit({ type: 'generationStarted', generationId: id })
    const seconds = await decodeToTheEnd(parts, generation, signal)
    if (seconds !== 'cancelled') end(parts, id, 'finished', seconds === null ? {} : { seconds })
    else if (signal.reason !== closing) end(parts, id, 'cancelled')
  } catch (error) {
    fail(parts, id, generation, error)
  } finally {
    parts.progress.drop(id)
    parts.previews.drop(id)
  }
}

/** Begins again from the journal when the engine died, until the pack is quarantined. @returns null when nothing was left to draw */
async function decodeToTheEnd(
  parts: StudioParts,
  generation: GenerationSummary,
  signal: AbortSignal,
): Promise<StageSeconds | null | 'cancelled'> {
  while (!signal.aborted) {
    try {
      return await decodeRest(parts, generation, signal)
    } catch (error) {
      // A Ctrl-C in a terminal reaches the engine process too: that death is the cancel, not a fault of the pack.
      if (signal.aborted) break
      if (!isEngineDeath(error) || parts.quarantine.has(generation.pack.id)) throw error
      parts.log('warn', `The engine died while drawing ${generation.id}; trying again from the journal.`)
      const { code, message } = toWireError(error)
      parts.events.emit({ type: 'engineRestarted', generationId: generation.id, error: { code, message } })
    }
  }
  return 'cancelled'
}

async function decodeRest(
  parts: StudioParts,
  generation: GenerationSummary,
  signal: AbortSignal,
): Promise<StageSeconds | null | 'cancelled'> {
  const journal = parts.library.readJournal(generation.id)
  const candidates = Array.from({ length: generation.candidates }, (_, index) => index)
  const open = candidates.filter((index) => !journal.finished.has(index))
  if (open.length === 0) return null
  const { pack, seconds: load } = await parts.loader.load(generation.pack.id, generation.pack)
  const forced = forcedTokens(parts, generation, pack.summary)
  const job: DecodeJob = {
    jobId: generation.id,
    packId: generation.pack.id,
    prompt: generation.prompt,
    seed: generation.seed,
    candidates: open,
    settings: generation.settings,
    ...(forced === undefined ? {} : { forcedTokens: forced, attempts: generation.imagePrompt?.attempts ?? 1 }),
    resume: new Map([...journal.rows].filter(([index]) => !journal.finished.has(index))),
    isPreviewWanted: parts.isPreviewWanted,
  }
  const answer = await decode(parts, job, signal)
  if (answer.outcome === 'cancelled') return 'cancelled'
  parts.quarantine.recordSuccess(generation.pack.id)
  return { ...answer.seconds, load }
}

function forcedTokens(
  parts: StudioParts,
  { imagePrompt }: GenerationSummary,
  pack: Parameters<typeof forcedTokensOf>[2],
) {
  if (imagePrompt === null) return undefined
  return forcedTokensOf(imagePrompt, parts.library.getPicture(imagePrompt.pictureId), pack)
}

async function decode(parts: StudioParts, job: DecodeJob, signal: AbortSignal): Promise<EngineAnswers['decode']> {
  try {
    return await decodeIntoLibrary(parts, job, signal)
  } catch (error) {
    if (!isEngineDeath(error)) throw error
    parts.loader.forget()
    if (signal.aborted || !parts.quarantine.recordDeath(job.packId)) throw error
    throw quarantineError(job.packId, error)
  }
}

/** A failure of the library stops the engine, and is what the job fails with, whatever the engine then answers. */
async function decodeIntoLibrary(
  parts: StudioParts,
  job: DecodeJob,
  signal: AbortSignal,
): Promise<EngineAnswers['decode']> {
  const stop = new AbortController()
  const failures: unknown[] = []
  const guarded =
    <Value>(keep: (value: Value) => void | Promise<void>) =>
    async (value: Value) => {
      if (failures.length > 0) return
      try {
        await keep(value)
      } catch (error) {
        failures.push(error)
        stop.abort()
      }
    }
  const listener: DecodeListener = {
    onRow: guarded((row) => keepRow(parts, job.jobId, row)),
    onCandidate: guarded((candidate) => keepCandidate(parts, job.jobId, candidate)),
  }
  const [answer] = await Promise.allSettled([
    parts.engine.decode(job, listener, AbortSignal.any([signal, stop.signal])),
  ])
  if (failures.length > 0) throw failures[0]
  if (answer.status === 'rejected') throw answer.reason
  return answer.value
}

function keepRow(parts: StudioParts, generationId: GenerationId, row: RowFinished): void {
  if (row.isProvisional !== true) parts.library.appendRow(generationId, row)
  const hasPreviews = row.previews?.some((picture) => picture !== null) ?? false
  const { previewVersion: version } = parts.progress.advance(generationId, row.row + 1, row.rows, hasPreviews)
  row.previews?.forEach((picture, position) => {
    const candidate = row.candidates[position]
    if (candidate !== undefined) parts.previews.put(generationId, candidate, version, picture)
  })
  for (const { first, count } of contiguousRuns(row.candidates)) {
    const candidates = Array.from({ length: count }, (_, place) => first + place)
    const unseen = parts.previews.without(generationId, candidates, version)
    parts.events.emit({
      ...{ type: 'rowFinished', generationId, first, count },
      ...{ row: row.row, rows: row.rows, version },
      ...unseen,
    })
  }
}

async function keepCandidate(
  parts: StudioParts,
  generationId: GenerationId,
  candidate: CandidateFinished,
): Promise<void> {
  const picture = await parts.library.addCandidate(generationId, candidate)
  parts.events.emit({ type: 'candidateFinished', generationId, picture })
}

function end(
  parts: StudioParts,
  id: GenerationId,
  state: 'finished' | 'cancelled' | 'failed',
  details: Parameters<StudioParts['library']['setGenerationState']>[2] = {},
): void {
  const generation = parts.library.setGenerationState(id, state, details)
  parts.events.emit({ type: 'generationEnded', generation })
}

function fail(parts: StudioParts, id: GenerationId, generation: GenerationSummary | undefined, error: unknown): void {
  const code = error instanceof StudioError ? error.code : 'internal'
  const message = error instanceof Error ? error.message : String(error)
  parts.log('error', `Generation ${id} failed (${code}): ${message}`)
  try {
    end(parts, id, 'failed', { error: { code, message } })
  } catch (cause) {
    // The library itself fails (a full disk): the page must still hear of it. The job goes on at the next start.
    parts.log('error', `The failure of ${id} could not be written: ${String(cause)}`)
    if (generation === undefined) return
    parts.events.emit({
      type: 'generationEnded',
      generation: { ...generation, state: 'failed', error: { code, message } },
    })
  }
}

/** `[0, 1, 2, 5, 6]` → 0–2 and 5–6: after a resume the open candidates have gaps. */
function contiguousRuns(indices: readonly number[]): readonly { first: number; count: number }[] {
  const runs: { first: number; count: number }[] = []
  for (const index of indices) {
    const last = runs.at(-1)
    if (last !== undefined && last.first + last.count === index) last.count += 1
    else runs.push({ first: index, count: 1 })
  }
  return runs
}
