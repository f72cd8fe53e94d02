import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import type { WeightWriter } from './weight-writer.ts'

/** Writes a linear layer of the transformer: the one place where its precision is decided. */
export interface LinearWriter {
  /** `x · weightᵀ + bias` with `name.weight` and, if there is one, `name.bias`. @param shape `[out, in]` */
  apply(name: string, x: Value, shape: readonly [number, number]): Value
}

/** The reference: float32 products. */
export function floatLinear(_graph: GraphBuilder, weights: WeightSet, writer: WeightWriter): LinearWriter {
  return {
    apply(name, x, shape) {
      const bias = weights.takeOptional(`${name}.bias`, [shape[0]])
      return writer.linear(name, x, weights.take(`${name}.weight`, shape), bias)
    },
  }
}
