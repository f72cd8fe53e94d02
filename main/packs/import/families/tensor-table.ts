import { refuse } from '../readers/refusal.ts'
import type { Dtype } from '../readers/dtype.ts'
import type { PlainValue, TensorSource } from '../readers/tensor-source.ts'

/** Where a tensor of a table is: in which source and under which full name. */
interface Place {
  readonly source: TensorSource
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: Dtype
}

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
    return place.source.readFloat32(place.name)
  }

  /** File and full name, for the key map. */
  origin(name: string): string {
    const place = this.#places.get(name)
    return place === undefined ? name : `${place.source.fileName}:${place.name}`
  }
}
