import { describe, expect, it } from 'vitest'

import type { SamplingSettings } from '../domain/generation.ts'
import { PositionNoise } from './noise.ts'
import { CodeSampler } from './sampling.ts'

const plain: SamplingSettings = { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 }

function randomLogits(vocabulary: number, spread: number, start: number): Float32Array {
  let state = start
  return Float32Array.from({ length: vocabulary }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state / 2 ** 32 - 0.5) * spread
  })
}

/** The rule as it is written down, with sorting and a Gumbel for every code. */
function drawByDefinition(
  conditional: Float32Array,
  unconditional: Float32Array | null,
  settings: SamplingSettings,
  key: [number, number, number],
): number {
  const guided = Array.from(conditional, (c, code) => {
    const u = unconditional?.[code] ?? c
    return u + settings.guidanceScale * (c - u)
  })
  const order = guided.map((_, code) => code).sort((a, b) => (guided[b] ?? 0) - (guided[a] ?? 0) || a - b)
  if (settings.temperature === 0) return order[0] ?? 0
  const scaled = guided.map((value) => value / settings.temperature)
  let kept = settings.topK > 0 ? order.slice(0, settings.topK) : order
  const most = scaled[order[0] ?? 0] ?? 0
  const total = kept.reduce((sum, code) => sum + Math.exp((scaled[code] ?? 0) - most), 0)
  let mass = 0
  kept = kept.filter((code) => {
    const isIn = mass < settings.topP * total
    mass += Math.exp((scaled[code] ?? 0) - most)
    return isIn
  })
  const noise = new PositionNoise()
  noise.moveTo(...key)
  const value = (code: number): number => (scaled[code] ?? 0) + noise.gumbel(code)
  return kept.sort((a, b) => value(b) - value(a) || a - b)[0] ?? 0
}

describe('CodeSampler', () => {
  it('knows how sure a model was of the position that was looked at, with and without guidance', () => {
    const [conditional, unconditional] = [randomLogits(900, 20, 5), randomLogits(900, 20, 6)]
    const apart = new CodeSampler(900).likelihood(conditional, 3)
    const settings = { ...plain, temperature: 0.7, topP: 0.9, guidanceScale: 3 }
    const sampler = new CodeSampler(900)
    sampler.draw(conditional, null, settings, 1, 2, 3)
    const plainly = sampler.likelihoodHere(conditional, 3)
    sampler.draw(conditional, unconditional, settings, 1, 2, 3)
    expect([plainly, sampler.likelihoodHere(conditional, 3)]).toEqual([apart, apart])
  })

  const vocabulary = 300
  const sampler = new CodeSampler(vocabulary)
  const cases: [string, Partial<SamplingSettings>][] = [
    ['plain', {}],
    ['argmax', { temperature: 0 }],
    ['cold', { temperature: 0.25 }],
    ['hot', { temperature: 3 }],
    ['top-k', { topK: 7 }],
    ['top-k of one', { topK: 1 }],
    ['top-p', { topP: 0.5 }],
    ['guidance', { guidanceScale: 3 }],
    ['everything', { temperature: 0.7, topK: 40, topP: 0.9, guidanceScale: 1.5 }],
  ]
  it.each(cases)('equals the definition: %s', (_, part) => {
    const settings = { ...plain, ...part }
    for (let trial = 0; trial < 300; trial++) {
      const conditional = randomLogits(vocabulary, trial % 3 === 0 ? 1 : 20, trial + 1)
      const unconditional = trial % 2 === 0 ? randomLogits(vocabulary, 20, trial + 9999) : null
      const drawn = sampler.draw(conditional, unconditional, settings, 7, trial % 5, trial)
      expect(drawn).toBe(drawByDefinition(conditional, unconditional, settings, [7, trial % 5, trial]))
    }
  })

  it('equals the definition where the edge of top-p falls between two codes', () => {
    for (const share of [0.25, 0.5, 0.75]) {
      for (let seed = 0; seed < 100; seed++) {
        const logits = new Float32Array(vocabulary).fill(1.7)
        const settings = { ...plain, topP: share, temperature: 0.8 }
        expect(sampler.draw(logits, null, settings, seed, 0, 3)).toBe(
          drawByDefinition(logits, null, settings, [seed, 0, 3]),
        )
      }
    }
  })

  it('gives ties to the lowest code', () => {
    const logits = new Float32Array(vocabulary)
    logits[40] = logits[200] = 5
    expect(sampler.draw(logits, null, { ...plain, temperature: 0 }, 1, 0, 0)).toBe(40)
    expect(sampler.margin).toBe(0)
    for (let seed = 0; seed < 50; seed++) expect(sampler.draw(logits, null, { ...plain, topK: 1 }, seed, 0, 0)).toBe(40)
  })

  it('leaves nothing to draw where one code fills top-p, and by no margin could another win', () => {
    const logits = new Float32Array(vocabulary).fill(-4)
    logits[40] = 5
    const settings = { ...plain, topP: 0.9 }
    const drawAll = (): (number | boolean)[][] =>
      Array.from({ length: 50 }, (_, seed) => [
        sampler.draw(logits, null, settings, seed, 0, 0),
        sampler.margin === Infinity,
      ])
    expect(drawAll()).toEqual(Array.from({ length: 50 }, () => [40, true]))
    // A second code in the set: now the noise decides.
    logits[60] = 4
    const drawn = new Set(drawAll().map(([code]) => code))
    expect([...drawn].sort()).toEqual([40, 60])
  })

  it('draws with the probabilities of the softmax', () => {
    const small = new CodeSampler(4)
    const logits = Float32Array.from([0, Math.log(2), Math.log(3), Math.log(4)])
    const counts = [0, 0, 0, 0]
    const draws = 40_000
    for (let i = 0; i < draws; i++) {
      const code = small.draw(logits, null, plain, 5, 0, i)
      counts[code] = (counts[code] ?? 0) + 1
    }
    const chiSquare = counts.reduce((sum, count, code) => {
      const expected = (draws * (code + 1)) / 10
      return sum + (count - expected) ** 2 / expected
    }, 0)
    expect(chiSquare).toBeLessThan(16.27) // 0.1 % point at 3 degrees of freedom
  })
})
