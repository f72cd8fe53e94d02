import { StudioError } from '#app/contract/errors.ts'

import type { Tensor } from '../onnx/tensor.ts'
import type { TensorMap } from '../safetensors/read.ts'

import { toFloat32 } from './half.ts'

/**
 * The weights of one part of a model, taken out by name. Every taken tensor is float32 and of the shape its place in the graph needs;
 * what is missing, misshapen or left over is a `packInvalid` error that names it.
 */
export class WeightSet {
  readonly #tensors: TensorMap
  readonly #subject: string
  readonly #taken = new Set<string>()

  /** @param subject names the source in errors, such as `dvae.safetensors`. */
  constructor(tensors: TensorMap, subject: string) {
    this.#tensors = tensors
    this.#subject = subject
  }

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  /** @param dims the shape it must have; null = any size on that axis. */
  take(name: string, dims: readonly (number | null)[]): Tensor {
    const tensor = this.#tensors.get(name)
    if (tensor === undefined) throw this.#invalid(name, 'is missing')
    if (tensor.dims.length !== dims.length || dims.some((dim, axis) => dim !== null && dim !== tensor.dims[axis])) {
      const wanted = dims.map((dim) => dim ?? 'any').join(', ')
      throw this.#invalid(name, `has the shape [${tensor.dims.join(', ')}], not [${wanted}]`)
    }
    if (tensor.type !== 'float32' && tensor.type !== 'float16') {
      throw this.#invalid(name, `is ${tensor.type}, not float32 or float16`)
    }
    this.#taken.add(name)
    return toFloat32(tensor)
  }

  /** As `take`, but a tensor that is not there is undefined. */
  takeOptional(name: string, dims: readonly (number | null)[]): Tensor | undefined {
    return this.has(name) ? this.take(name, dims) : undefined
  }

  /** How many of `prefix0`, `prefix1`, … have a tensor whose name goes on with a dot. */
  countOf(prefix: string): number {
    const names = [...this.#tensors.keys()]
    let count = 0
    while (names.some((name) => name.startsWith(`${prefix}${count}.`))) count += 1
    return count
  }

  /** Weights that no graph asked for mean a layout that was misunderstood: an error, never a silent loss. */
  assertAllTaken(isIgnored: (name: string) => boolean = () => false): void {
    const left = [...this.#tensors.keys()].filter((name) => !this.#taken.has(name) && !isIgnored(name))
    const [first] = left
    if (first !== undefined) throw this.#invalid(first, `is not part of the format (${left.length} such tensors)`)
  }

  #invalid(name: string, rule: string): StudioError {
    return new StudioError('packInvalid', `${this.#subject}: ${name} ${rule}.`)
  }
}
