import type { Tensor } from '../../onnx/tensor.ts'
import type { TensorMap } from '../../safetensors/read.ts'

import { countElements } from '../readers/strided.ts'

import type { TensorTable } from './tensor-table.ts'

/** One line of the key-by-key map: which tensors of the checkpoint make which tensor of the pack. */
export interface KeyMapping {
  readonly target: string
  readonly shape: readonly number[]
  readonly sources: readonly string[]
  /** What is done on the way, when it is more than copying. */
  readonly note?: string
}

/**
 * Says for every tensor of the weights format (docs/weights-format.md) where it comes from. Nothing is read while the
 * plan is made; what the checkpoint lacks is collected, and what no line uses is extra. `toTensors` gives tensors that
 * read their bytes from disk each time they are asked for, so a model is never in memory as a whole.
 */
export class WeightPlan {
  readonly #table: TensorTable
  readonly #tensors = new Map<string, Tensor>()
  readonly #keys: KeyMapping[] = []
  readonly #missing: string[] = []
  readonly #used = new Set<string>()

  constructor(table: TensorTable) {
    this.#table = table
  }

  get table(): TensorTable {
    return this.#table
  }

  /** The tensor as it is. @param dims the shape it must have in the checkpoint */
  copy(target: string, source: string, dims: readonly number[]): void {
    this.compute(target, [[source, dims]], dims, ([values = empty]) => values)
  }

  /** As `copy`, when the checkpoint has it. */
  copyOptional(target: string, source: string, dims: readonly number[]): void {
    if (this.#table.has(source)) this.copy(target, source, dims)
  }

  /** A tensor the checkpoint leaves out because all its values are the same. */
  constant(target: string, dims: readonly number[], value: number, note: string): void {
    this.compute(
      target,
      [],
      dims,
      () => new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(value),
      note,
    )
  }

  /** Several tensors of equal trailing dimensions, one after the other. */
  stack(
    target: string,
    sources: readonly (readonly [name: string, rows: number])[],
    trailing: readonly number[],
  ): void {
    const rows = sources.reduce((sum, [, count]) => sum + count, 0)
    const parts = sources.map(([name, count]) => [name, [count, ...trailing]] as const)
    this.compute(target, parts, [rows, ...trailing], (values) => concatenated(values), 'stacked')
  }

  /** Any function of tensors. @param note what it does, for the map */
  compute(
    target: string,
    sources: readonly (readonly [name: string, dims: readonly number[]])[],
    dims: readonly number[],
    make: (values: readonly Float32Array[]) => Float32Array,
    note?: string,
  ): void {
    const table = this.#table
    for (const [name, wanted] of sources) {
      this.#used.add(name)
      const shape = table.shape(name)
      if (shape === undefined) this.#missing.push(name)
      else if (shape.join() !== wanted.join())
        this.#missing.push(`${name} of shape [${wanted.join(', ')}] (it has [${shape.join(', ')}])`)
    }
    this.#keys.push({ target, shape: dims, sources: sources.map(([name]) => table.origin(name)), note })
    this.#tensors.set(target, {
      type: 'float32',
      dims,
      get bytes() {
        const values = make(sources.map(([name]) => table.read(name)))
        return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      },
    })
  }

  /** Tensors of the checkpoint that are known and not needed: buffers, caches, training state. */
  ignore(isIgnored: (name: string) => boolean): void {
    for (const name of this.#table.names) if (isIgnored(name)) this.#used.add(name)
  }

  get keys(): readonly KeyMapping[] {
    return this.#keys
  }

  get missing(): readonly string[] {
    return this.#missing
  }

  get extra(): readonly string[] {
    return this.#table.names.filter((name) => !this.#used.has(name))
  }

  /** How many numbers of the checkpoint are used, each tensor once. */
  get parameters(): number {
    const names = new Set(this.#keys.flatMap(({ sources }) => sources))
    return this.#table.names
      .filter((name) => names.has(this.#table.origin(name)))
      .reduce((sum, name) => sum + countElements(this.#table.shape(name) ?? []), 0)
  }

  toTensors(): TensorMap {
    return this.#tensors
  }
}

const empty = new Float32Array(0)

export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
