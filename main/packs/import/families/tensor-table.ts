import { refuse } from '../readers/refusal.ts'
import { countElements } from '../readers/strided.ts'
import type { Dtype } from '../readers/dtype.ts'
import type { ElementRange, PlainValue, TensorSource } from '../readers/tensor-source.ts'

/** Where a tensor of a table is: in which source and under which full name. */
interface Place {
  readonly source: TensorSource
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: Dtype
  /** One slice of a stack of layers. */
  readonly range?: ElementRange
  /** `shape` is the one after turning. */
  readonly turn?: Turn
}

/** JAX keeps matrices `[in, out]` and convolutions `[kh, kw, in, out]`; PyTorch `[out, in]` and `[out, in, kh, kw]`. */
export type Turn = 'matrix' | 'convolution'

/** The tensors of one part of a model, under the names its architecture gives them, wherever they are stored. */
export class TensorTable {
  readonly #places: ReadonlyMap<string, Place>
  readonly metadata: ReadonlyMap<string, PlainValue>

  private constructor(places: ReadonlyMap<string, Place>, metadata: ReadonlyMap<string, PlainValue>) {
    this.#places = places
    this.metadata = metadata
  }

  static of(source: TensorSource): TensorTable {
    const places = new Map<string, Place>()
    for (const { name, shape, dtype } of source.tensors.values()) places.set(name, { source, name, shape, dtype })
    return new TensorTable(places, source.metadata)
  }

  /** The tensors whose names begin with `prefix`, without it. */
  under(prefix: string): TensorTable {
    const places = new Map<string, Place>()
    for (const [name, place] of this.#places) if (name.startsWith(prefix)) places.set(name.slice(prefix.length), place)
    return new TensorTable(places, this.metadata)
  }

  without(prefix: string): TensorTable {
    return this.filter((name) => !name.startsWith(prefix))
  }

  filter(isKept: (name: string) => boolean): TensorTable {
    return new TensorTable(new Map([...this.#places].filter(([name]) => isKept(name))), this.metadata)
  }

  /** Both tables, the names of `other` behind `prefix`. */
  joined(other: TensorTable, prefix = ''): TensorTable {
    const places = new Map(this.#places)
    for (const [name, place] of other.#places) places.set(prefix + name, place)
    return new TensorTable(places, this.metadata)
  }

  renamed(rename: (name: string) => string): TensorTable {
    return new TensorTable(new Map([...this.#places].map(([name, place]) => [rename(name), place])), this.metadata)
  }

  /** The tensor `name` as it is after `turn`, under the same name. */
  turned(turnOf: (name: string, shape: readonly number[]) => Turn | undefined): TensorTable {
    const places = [...this.#places].map(([name, place]) => {
      const turn = turnOf(name, place.shape)
      return [name, turn === undefined ? place : { ...place, turn, shape: turnedShape(place.shape, turn) }] as const
    })
    return new TensorTable(new Map(places), this.metadata)
  }

  /** Tensors whose first axis counts layers become one tensor a layer. @param nameOf gives its name, or undefined for others */
  unstacked(nameOf: (name: string, layer: number) => string | undefined): TensorTable {
    const places = new Map<string, Place>()
    for (const [name, place] of this.#places) {
      const [layers = 0, ...shape] = place.shape
      if (nameOf(name, 0) === undefined) places.set(name, place)
      else
        for (let layer = 0; layer < layers; layer++) {
          const count = countElements(shape)
          const range = { first: layer * count, count }
          places.set(nameOf(name, layer) ?? name, { ...place, shape, range })
        }
    }
    return new TensorTable(places, this.metadata)
  }

  get names(): readonly string[] {
    return [...this.#places.keys()]
  }

  has(name: string): boolean {
    return this.#places.has(name)
  }

  shape(name: string): readonly number[] | undefined {
    return this.#places.get(name)?.shape
  }

  dtype(name: string): Dtype | undefined {
    return this.#places.get(name)?.dtype
  }

  /** Size of one axis. @throws Refusal `family-mismatch` when the tensor or the axis is missing */
  size(name: string, axis: number): number {
    return this.shape(name)?.[axis] ?? refuse('family-mismatch', name, `the tensor, or its axis ${axis}, is missing`)
  }

  /** How many of `prefix0<suffix>`, `prefix1<suffix>`, … there are. */
  count(prefix: string, suffix: string): number {
    let count = 0
    while (this.has(`${prefix}${count}${suffix}`)) count++
    return count
  }

  read(name: string): Float32Array {
    const place = this.#places.get(name)
    if (place === undefined) return refuse('family-mismatch', name, 'the tensor is missing')
    return turned(place.source.readFloat32(place.name, place.range), place)
  }

  /** File and full name, for the key map. */
  origin(name: string): string {
    const place = this.#places.get(name)
    return place === undefined ? name : `${place.source.fileName}:${place.name}`
  }
}

function turnedShape(shape: readonly number[], turn: Turn): readonly number[] {
  const [a = 1, b = 1, c = 1, d = 1] = shape
  return turn === 'matrix' ? [b, a] : [d, c, a, b]
}

function turned(values: Float32Array, { shape, turn }: Place): Float32Array {
  if (turn === undefined) return values
  const [out = 1, input = 1, ...kernel] = shape
  const area = countElements(kernel)
  const result = new Float32Array(values.length)
  for (let o = 0; o < out; o++)
    for (let i = 0; i < input; i++)
      for (let k = 0; k < area; k++) result[(o * input + i) * area + k] = values[(k * input + i) * out + o] ?? 0
  return result
}
