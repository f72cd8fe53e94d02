import { expect, it } from 'vitest'

import type { SamplingSettings } from '../domain/generation.ts'
import { drawCertainly } from './certain-draw.ts'
import { CodeSampler } from './sampling.ts'

const vocabulary = 64
const sampler = new CodeSampler(vocabulary)

/** A reproducible source of numbers from −0.5 to 0.5. */
function source(start: number): () => number {
  let state = start
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
}

const variants: Partial<SamplingSettings>[] = [
  {},
  { temperature: 0 },
  { topK: 1 },
  { topK: 5, temperature: 0.6 },
  { topP: 0.7 },
  { topK: 20, topP: 0.8, temperature: 1.5 },
]

it.each(variants)('a certain draw survives any change of the logits within the tolerance: %o', (part) => {
  const settings = { temperature: 1, topK: 0, topP: 1, guidanceScale: 2, ...part }
  const tolerance = 1e-5
  let certain = 0
  for (let trial = 0; trial < 2000; trial++) {
    const random = source(trial + 1)
    const logits = [0, 1].map(() => Float32Array.from({ length: vocabulary }, () => random() * 12))
    const [conditional, unconditional] = logits as [Float32Array, Float32Array]
    const key = { seed: 3, candidate: 1, position: trial }
    const drawn = drawCertainly(sampler, conditional, unconditional, settings, key, tolerance)
    const plain = sampler.draw(conditional, unconditional, settings, key.seed, key.candidate, key.position)
    if (!drawn.isCertain) continue
    certain++
    expect(drawn.code).toBe(plain)
    const shifted = logits.map((row) => row.map((logit) => logit + random() * tolerance))
    expect(sampler.draw(shifted[0]!, shifted[1]!, settings, key.seed, key.candidate, key.position)).toBe(plain)
  }
  expect(certain).toBeGreaterThan(1900)
})

it('a tie is not certain', () => {
  const logits = new Float32Array(vocabulary)
  logits[3] = logits[9] = 4
  logits[9] = 4 - 1e-6
  const settings = { temperature: 0, topK: 0, topP: 1, guidanceScale: 1 }
  const key = { seed: 1, candidate: 0, position: 0 }
  expect(drawCertainly(sampler, logits, null, settings, key, 1e-5)).toEqual({ code: 3, isCertain: false })
  logits[9] = 3.9
  expect(drawCertainly(sampler, logits, null, settings, key, 1e-5)).toEqual({ code: 3, isCertain: true })
})
