import { describe, expect, it } from 'vitest'

import { philox4x32, PositionNoise } from './noise.ts'

function block(counter: [number, number, number, number], key: [number, number]): string[] {
  const out = new Uint32Array(4)
  philox4x32(...counter, ...key, out)
  return Array.from(out, (word) => word.toString(16).padStart(8, '0'))
}

/** The same generator in arbitrary precision, straight from the paper's definition. */
function blockByBigInt(counter: bigint[], key: bigint[]): string[] {
  const mask = 0xffffffffn
  let [c0 = 0n, c1 = 0n, c2 = 0n, c3 = 0n] = counter
  let [k0 = 0n, k1 = 0n] = key
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * c0
    const b = 0xcd9e8d57n * c2
    ;[c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & mask, (a >> 32n) ^ c3 ^ k1, a & mask]
    k0 = (k0 + 0x9e3779b9n) & mask
    k1 = (k1 + 0xbb67ae85n) & mask
  }
  return [c0, c1, c2, c3].map((word) => word.toString(16).padStart(8, '0'))
}

describe('philox4x32', () => {
  it("gives the known answers of Random123's kat_vectors", () => {
    const ones = 0xffffffff
    expect(block([0, 0, 0, 0], [0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8'])
    expect(block([ones, ones, ones, ones], [ones, ones])).toEqual(['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd'])
    expect(block([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ])
  })

  it('agrees with arbitrary-precision arithmetic', () => {
    const words = new Uint32Array(6)
    let state = 12345
    for (let trial = 0; trial < 2000; trial++) {
      for (let i = 0; i < 6; i++) words[i] = state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = words
      const big = Array.from(words, BigInt)
      expect(block([a, b, c, d], [e, f])).toEqual(blockByBigInt(big.slice(0, 4), big.slice(4)))
    }
  })
})

describe('PositionNoise', () => {
  it('does not depend on the order of asking', () => {
    const noise = new PositionNoise()
    noise.moveTo(7, 3, 40)
    const forwards = Array.from({ length: 20 }, (_, code) => noise.uniform(code))
    const backwards = Array.from({ length: 20 }, (_, code) => noise.uniform(19 - code)).reverse()
    expect(backwards).toEqual(forwards)
  })

  it('changes with each part of its key, the high half of the seed included', () => {
    const noise = new PositionNoise()
    const at = (seed: number, candidate: number, position: number, code: number): number => {
      noise.moveTo(seed, candidate, position)
      return noise.uniform(code)
    }
    const values = [
      at(7, 3, 40, 5),
      at(8, 3, 40, 5),
      at(7, 4, 40, 5),
      at(7, 3, 41, 5),
      at(7, 3, 40, 6),
      at(7 + 2 ** 40, 3, 40, 5),
    ]
    expect(new Set(values).size).toBe(values.length)
  })

  it('has the mean and variance of a standard Gumbel', () => {
    const noise = new PositionNoise()
    let sum = 0
    let squares = 0
    const count = 200_000
    for (let i = 0; i < count; i++) {
      if (i % 1000 === 0) noise.moveTo(11, 0, i / 1000)
      const value = noise.gumbel(i % 1000)
      sum += value
      squares += value * value
    }
    const mean = sum / count
    expect(mean).toBeCloseTo(0.5772, 1.7)
    expect(squares / count - mean * mean).toBeCloseTo(Math.PI ** 2 / 6, 1.3)
  })
})
