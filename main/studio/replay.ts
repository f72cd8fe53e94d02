import { randomUUID } from 'node:crypto'

import type { Verification } from '#app/contract/editing-calls.ts'
import type { CandidateFinished, DecodeJob } from '#app/contract/engine-protocol.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { DrawnOn } from '#app/domain/drawn-on.ts'
import type { ImagePrompt, PackReference, SamplingSettings } from '#app/domain/generation.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { Engine } from '#main/engine/engine.ts'

import { forcedTokensOf } from './forced-tokens.ts'
import type { PackLoader } from './pack-loader.ts'
import { isEngineDeath } from './quarantine.ts'

/** What a picture's tokens depend on, and the tokens: in the library and in the PNG's own metadata. */
export interface Receipt {
  readonly prompt: string
  readonly seed: number
  /** 0-based number of the candidate. */
  readonly index: number
  readonly settings: SamplingSettings
  readonly imagePrompt: ImagePrompt | null
  readonly pack: PackReference
  readonly rows: number
  readonly columns: number
  readonly tokens: ArrayLike<number>
  /** Absent or null: not known. */
  readonly drawnOn?: DrawnOn | null | undefined
}

/**
 * Draws the candidate once more, writes nothing, and compares token by token. Waits for a running job: the engine does one at a time.
 * What cannot be replayed (the pack is gone, the engine dies) is an answer with the reason, not an error.
 */
export async function replay(parts: { engine: Engine; loader: PackLoader }, receipt: Receipt): Promise<Verification> {
  try {
    return compareTokens(receipt, await drawAgain(parts, receipt))
  } catch (error) {
    if (isEngineDeath(error)) parts.loader.forget()
    if (!(error instanceof StudioError) || error.code === 'internal') throw error
    return { matches: false, firstDifference: null, message: `It could not be replayed. ${error.message}` }
  }
}

async function drawAgain(
  { engine, loader }: { engine: Engine; loader: PackLoader },
  receipt: Receipt,
): Promise<DrawnAgain> {
  const { prompt, seed, index, settings, imagePrompt } = receipt
  const { pack } = await loader.load(receipt.pack.id, receipt.pack)
  const job: DecodeJob = {
    ...{ jobId: randomUUID() as GenerationId, packId: receipt.pack.id, prompt, seed, settings, isPreviewWanted: false },
    candidates: [index],
    // What was kept of another picture is in this one's tokens: the source itself is not needed.
    ...(imagePrompt !== null && {
      forcedTokens: forcedTokensOf(imagePrompt, receipt, pack.summary),
      attempts: imagePrompt.attempts ?? 1,
    }),
  }
  const drawn: DrawnAgain[] = []
  const listener = {
    onRow: () => undefined,
    onCandidate: (candidate: DrawnAgain) => void drawn.push(candidate),
  }
  await engine.decode(job, listener, new AbortController().signal)
  const [again] = drawn
  if (again === undefined) throw new StudioError('internal', `The engine drew nothing for candidate ${index}.`)
  return again
}

type DrawnAgain = Pick<CandidateFinished, 'tokens' | 'drawnOn'>

function compareTokens({ tokens, index, seed, pack, drawnOn }: Receipt, again: DrawnAgain): Verification {
  const { tokens: drawn } = again
  const what = `candidate ${index} of seed ${seed} with the pack "${pack.id}" ${pack.version}${placesOf(drawnOn ?? undefined, again.drawnOn)}`
  const cells = Math.max(tokens.length, drawn.length)
  for (let cell = 0; cell < cells; cell++) {
    if (tokens[cell] === drawn[cell]) continue
    const message = `Replayed ${what}: token ${cell} of ${tokens.length} is the first that differs.`
    return { matches: false, firstDifference: cell, message }
  }
  return { matches: true, firstDifference: null, message: `Replayed ${what}: all ${cells} tokens agree.` }
}

/** Where both were computed, as far as it is known: another device or precision may draw something else. */
function placesOf(before: DrawnOn | undefined, now: DrawnOn | undefined): string {
  if (now === undefined) return ''
  const nowAt = `${now.precision} on ${now.device}`
  if (before === undefined) return ` (${nowAt})`
  const beforeAt = `${before.precision} on ${before.device}`
  return beforeAt === nowAt ? ` (${nowAt}, as it was drawn)` : ` (${nowAt}; it was drawn in ${beforeAt})`
}
