import { elementCount, tensor, type Tensor } from '../onnx/tensor.ts'

/** Tensors of normal noise from one seed; the same calls in the same order give the same bytes on every machine. */
export class RandomWeights {
  readonly #tensors = new Map<string, Tensor>()
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** Normal with the deviation that keeps activations near unit size: 1/√(inputs of one output). */
  linear(name: string, dims: readonly number[], gain = 1): void {
    this.normal(name, dims, gain / Math.sqrt(elementCount(dims.slice(1))))
  }

  normal(name: string, dims: readonly number[], deviation: number, mean = 0): void {
    const values = Float32Array.from({ length: elementCount(dims) }, () => mean + deviation * this.#normal())
    this.#tensors.set(name, tensor('float32', dims, values))
  }

  /** Weight near 1 and, for a LayerNorm, bias near 0, as training leaves them. */
  norm(name: string, width: number, hasBias = true): void {
    this.normal(`${name}.weight`, [width], 0.1, 1)
    if (hasBias) this.normal(`${name}.bias`, [width], 0.1)
  }

  /** Weight and bias of a linear layer or convolution. */
  layer(name: string, dims: readonly number[], gain = 1): void {
    this.linear(`${name}.weight`, dims, gain)
    this.normal(`${name}.bias`, dims.slice(0, 1), 0.1)
  }

  tensors(): ReadonlyMap<string, Tensor> {
    return this.#tensors
  }

  /** The sum of twelve uniforms less six: near enough to normal, and exact arithmetic everywhere. */
  #normal(): number {
    let sum = -6
    for (let draw = 0; draw < 12; draw += 1) sum += this.#uniform()
    return sum
  }

  /** Marsaglia's xorshift32. */
  #uniform(): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) / 2 ** 32
  }
}
