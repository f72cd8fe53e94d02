import type { StoredPrecision } from '#app/domain/pack.ts'

import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import type { Tensor } from '../onnx/tensor.ts'
import { blockLinear } from '../quantise/block-linear.ts'
import { integerLinear } from '../quantise/integer-linear.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import type { WeightWriter } from './weight-writer.ts'

/**
 * `fp32` is the reference. In `int8` weights have a scale for each output and activations one for each row, which is fastest; in `int8Blocks` both
 * have one for every 128 inputs, which a few very large activations harm less (main/engine/README.md).
 */
export type LinearPrecision = StoredPrecision | 'int8Blocks'

/** Writes the linear layers of a transformer: the one place where their precision is decided. */
export interface LinearWriter {
  /** `x · weightᵀ + bias` with the weights `name.weight` and, if there is one, `name.bias`. @param shape `[out, in]` */
  apply(name: string, x: Value, shape: readonly [number, number]): Value
  /** The same with weights at hand. */
  write(name: string, x: Value, weight: Tensor, bias?: Tensor): Value
}

export function linearWriter(
  precision: LinearPrecision,
  graph: GraphBuilder,
  weights: WeightSet,
  writer: WeightWriter,
): LinearWriter {
  function write(name: string, x: Value, weight: Tensor, bias?: Tensor): Value {
    if (precision === 'fp32') return writer.linear(name, x, weight, bias)
    const product = (precision === 'int8' ? integerLinear : blockLinear)(graph, name, x, weight)
    return bias === undefined ? product : graph.node('Add', [product, writer.weight(`${name}.bias`, bias)])
  }
  return {
    write,
    apply: (name, x, shape) =>
      write(name, x, weights.take(`${name}.weight`, shape), weights.takeOptional(`${name}.bias`, [shape[0]])),
  }
}
