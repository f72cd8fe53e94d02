import type { SamplingSettings } from '../domain/generation.ts'
import type { CodeSampler } from './sampling.ts'

/** By how much top-p is moved to see whether a code at its edge matters. */
const topPTolerance = 1e-4

export interface CertainDraw {
  readonly code: number
  /** True: logits that differ by less than the tolerance give the same code. */
  readonly isCertain: boolean
}

/**
 * Draws as `CodeSampler.draw` does, and says whether rounding could have changed the result: the winner must lead by more
 * than the tolerance can make up, and must win in a slightly narrower and a slightly wider top-k and top-p set alike.
 * @param logitTolerance largest difference expected between two ways of computing the same logits
 */
export function drawCertainly(
  sampler: CodeSampler,
  conditional: Float32Array,
  unconditional: Float32Array | null,
  settings: SamplingSettings,
  key: { readonly seed: number; readonly candidate: number; readonly position: number },
  logitTolerance: number,
): CertainDraw {
  const { seed, candidate, position } = key
  const draw = (variant: SamplingSettings): number => sampler.choose(variant, seed, candidate, position)
  // The likeliest code alone is an argmax, whatever the noise.
  const { temperature, topK, topP, guidanceScale } = topK1AsArgmax(settings)
  sampler.look(conditional, unconditional, { temperature, guidanceScale })
  const code = draw({ ...settings, temperature, topK: wider(topK), topP: Math.min(1, topP + topPTolerance) })
  const spread = unconditional === null ? 1 : Math.abs(guidanceScale) + Math.abs(1 - guidanceScale)
  const isAhead = sampler.margin > (2 * logitTolerance * spread) / (temperature || 1)
  const isFiltered = temperature > 0 && (topK > 0 || topP < 1)
  const isSameInside =
    !isFiltered || draw({ ...settings, topK: narrower(topK), topP: Math.max(1e-9, topP - topPTolerance) }) === code
  return { code, isCertain: isAhead && isSameInside }
}

function topK1AsArgmax(settings: SamplingSettings): SamplingSettings {
  return settings.topK === 1 ? { ...settings, temperature: 0 } : settings
}

const wider = (topK: number): number => (topK === 0 ? 0 : topK + 1)
const narrower = (topK: number): number => (topK === 0 ? 0 : topK - 1)
