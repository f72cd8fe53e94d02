import type { StudioApi } from '#app/contract/studio-api.ts'
import {
  generationRequestSchema,
  type ImagePrompt,
  type SamplingSettings,
  type ValidGenerationRequest,
} from '#app/domain/generation.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import { hasKeptAfterHole } from '#app/kernels/token-geometry.ts'
import type { NewGeneration } from '#main/library/library.ts'

import { forcedTokensOf } from '../forced-tokens.ts'
import type { StudioParts } from '../parts.ts'
import { parseInput } from '../validation.ts'

/** The job is in the library before anybody hears of it, and hears of it before it is worked on. */
export function generate(parts: StudioParts): StudioApi['generate'] {
  return async (request) => {
    const valid = parseInput(generationRequestSchema, request)
    const { summary: pack } = await parts.loader.choose(valid.packId)
    parts.quarantine.check(pack.id)
    const imagePrompt = valid.imagePrompt === undefined ? null : completeImagePrompt(parts, valid.imagePrompt, pack)
    const generation = parts.library.createGeneration({ ...complete(valid, pack, parts.drawSeed), imagePrompt })
    parts.events.emit({ type: 'generationQueued', generation })
    parts.queue.add(generation.id)
    return generation
  }
}

/** Everything the result depends on, written down before the first token is drawn. */
function complete(
  request: ValidGenerationRequest,
  pack: PackSummary,
  drawSeed: () => number,
): Omit<NewGeneration, 'imagePrompt'> {
  return {
    prompt: request.prompt,
    seed: request.seed ?? drawSeed(),
    candidates: request.candidates ?? pack.sampling.candidates,
    settings: completeSettings(request.settings, pack.sampling),
    pack: { id: pack.id, version: pack.version, sha256: pack.sha256 },
    rows: pack.rows,
    columns: pack.columns,
  }
}

/** Attempts at a hole that something kept follows; each costs as much as a candidate (docs/performance.md has what they gain). */
const usualAttempts = 4

/** @throws StudioError `invalidRequest` when the picture does not fit the pack, or nothing is left to draw */
function completeImagePrompt(parts: StudioParts, imagePrompt: ImagePrompt, pack: PackSummary): ImagePrompt {
  const forced = forcedTokensOf(imagePrompt, parts.library.getPicture(imagePrompt.pictureId), pack)
  if (imagePrompt.attempts !== undefined || !hasKeptAfterHole(forced)) return imagePrompt
  return { ...imagePrompt, attempts: usualAttempts }
}

function completeSettings(asked: Partial<SamplingSettings> | undefined, defaults: SamplingSettings): SamplingSettings {
  return {
    temperature: asked?.temperature ?? defaults.temperature,
    topK: asked?.topK ?? defaults.topK,
    topP: asked?.topP ?? defaults.topP,
    guidanceScale: asked?.guidanceScale ?? defaults.guidanceScale,
  }
}
