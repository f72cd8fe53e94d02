import type { Precision } from '#app/domain/pack.ts'

import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import type { Tensor } from '../onnx/tensor.ts'
import { int8Linear } from '../quantise/int8-linear.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import type { WeightWriter } from './weight-writer.ts'

/** Writes the linear layers of a transformer: the one place where their precision is decided. */
export interface LinearWriter {
  /** `x · weightᵀ + bias` with the weights `name.weight` and, if there is one, `name.bias`. @param shape `[out, in]` */
  apply(name: string, x: Value, shape: readonly [number, number]): Value
  /** The same with weights at hand. */
  write(name: string, x: Value, weight: Tensor, bias?: Tensor): Value
}

/** `fp32` is the reference; `int8` keeps weights as 8-bit blocks and quantises activations row by row. */
export function linearWriter(
  precision: Precision,
  graph: GraphBuilder,
  weights: WeightSet,
  writer: WeightWriter,
): LinearWriter {
  function write(name: string, x: Value, weight: Tensor, bias?: Tensor): Value {
    if (precision === 'fp32') return writer.linear(name, x, weight, bias)
    const product = int8Linear(graph, name, x, weight)
    return bias === undefined ? product : graph.node('Add', [product, writer.weight(`${name}.bias`, bias)])
  }
  return {
    write,
    apply: (name, x, shape) =>
      write(name, x, weights.take(`${name}.weight`, shape), weights.takeOptional(`${name}.bias`, [shape[0]])),
  }
}
