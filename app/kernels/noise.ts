/**
 * Counter-based noise: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11).
 * Every number is a pure function of (seed, candidate, position, code, particle), so batch size, order, cancel and resume never change it.
 */
const multiplierA = 0xd2511f53
const multiplierB = 0xcd9e8d57
const weylA = 0x9e3779b9
const weylB = 0xbb67ae85

const twoToThe32 = 4294967296

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers, by 16-bit halves: every sum fits 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16
  const aLow = a & 0xffff
  const bHigh = b >>> 16
  const bLow = b & 0xffff
  const middle = Math.imul(aHigh, bLow)
  const cross = Math.imul(aLow, bHigh)
  const carry = (Math.imul(aLow, bLow) >>> 16) + (middle & 0xffff) + (cross & 0xffff)
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16) + (carry >>> 16)) | 0
}

/**
 * One Philox4x32-10 block.
 * @param out receives four unsigned 32-bit integers
 */
export function philox4x32(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
): void {
  let c0 = counter0 | 0
  let c1 = counter1 | 0
  let c2 = counter2 | 0
  let c3 = counter3 | 0
  let k0 = key0 | 0
  let k1 = key1 | 0
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplierA, c0)
    const low0 = Math.imul(multiplierA, c0)
    const high1 = multiplyHigh(multiplierB, c2)
    const low1 = Math.imul(multiplierB, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + weylA) | 0
    k1 = (k1 + weylB) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** Noise of one image position of one candidate; blocks of four codes are made when first asked for. */
export class PositionNoise {
  #keyLow = 0
  #keyHigh = 0
  #candidate = 0
  #position = 0
  #particle = 0
  #block = -1
  readonly #bits = new Uint32Array(4)

  /**
   * @param seed integer from 0 to 2⁵³ − 1: the Philox key
   * @param candidate number of the candidate in its run
   * @param position image cell in raster order
   * @param particle which of several attempts at the candidate
   */
  moveTo(seed: number, candidate: number, position: number, particle = 0): void {
    this.#keyLow = (seed % twoToThe32) | 0
    this.#keyHigh = Math.floor(seed / twoToThe32)
    this.#candidate = candidate
    this.#position = position
    this.#particle = particle
    this.#block = -1
  }

  /** Uniform in (0, 1): the middle of one of 2³² equal cells, so neither end is ever hit. */
  uniform(code: number): number {
    const block = code >>> 2
    if (block !== this.#block) {
      philox4x32(block, this.#position, this.#candidate, this.#particle, this.#keyLow, this.#keyHigh, this.#bits)
      this.#block = block
    }
    return ((this.#bits[code & 3] ?? 0) + 0.5) / twoToThe32
  }

  /** Standard Gumbel noise, `−ln(−ln u)`. */
  gumbel(code: number): number {
    return -Math.log(-Math.log(this.uniform(code)))
  }
}
