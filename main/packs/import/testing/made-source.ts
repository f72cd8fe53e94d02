import type { Dtype } from '../readers/dtype.ts'
import type { PlainValue, TensorSource } from '../readers/tensor-source.ts'

import { madeValues, type Shapes } from './made-checkpoints.ts'

/** A checkpoint in memory, with small seeded numbers, for tests of families. */
export function madeSource(
  shapes: Shapes,
  options: {
    readonly dtypes?: Readonly<Record<string, Dtype>>
    readonly metadata?: ReadonlyMap<string, PlainValue>
  } = {},
): TensorSource {
  const names = Object.keys(shapes)
  return {
    format: 'torch-zip',
    fileName: 'made.pt',
    metadata: options.metadata ?? new Map(),
    tensors: new Map(
      names.map((name) => [name, { name, dtype: options.dtypes?.[name] ?? 'float32', shape: shapes[name] ?? [] }]),
    ),
    readFloat32: (name, range) => {
      const count = (shapes[name] ?? []).reduce((product, size) => product * size, 1)
      const values = madeValues(count, names.indexOf(name) + 1)
      return range === undefined ? values : values.slice(range.first, range.first + range.count)
    },
    close: () => undefined,
  }
}
