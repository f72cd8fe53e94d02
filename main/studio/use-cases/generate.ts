import type { StudioApi } from '#app/contract/studio-api.ts'
import { generationRequestSchema, type SamplingSettings, type ValidGenerationRequest } from '#app/domain/generation.ts'
import type { PackSummary } from '#app/domain/pack.ts'
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
    const imagePrompt = valid.imagePrompt ?? null
    if (imagePrompt !== null) forcedTokensOf(imagePrompt, parts.library.getPicture(imagePrompt.pictureId), pack)
    const generation = parts.library.createGeneration(complete(valid, pack, parts.drawSeed))
    parts.events.emit({ type: 'generationQueued', generation })
    parts.queue.add(generation.id)
    return generation
  }
}

/** Everything the result depends on, written down before the first token is drawn. */
function complete(request: ValidGenerationRequest, pack: PackSummary, drawSeed: () => number): NewGeneration {
  return {
    prompt: request.prompt,
    seed: request.seed ?? drawSeed(),
    candidates: request.candidates ?? pack.sampling.candidates,
    settings: completeSettings(request.settings, pack.sampling),
    pack: { id: pack.id, version: pack.version, sha256: pack.sha256 },
    rows: pack.rows,
    columns: pack.columns,
    imagePrompt: request.imagePrompt ?? null,
  }
}

function completeSettings(asked: Partial<SamplingSettings> | undefined, defaults: SamplingSettings): SamplingSettings {
  return {
    temperature: asked?.temperature ?? defaults.temperature,
    topK: asked?.topK ?? defaults.topK,
    topP: asked?.topP ?? defaults.topP,
    guidanceScale: asked?.guidanceScale ?? defaults.guidanceScale,
  }
}
