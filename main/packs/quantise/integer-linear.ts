import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { tensor, type Tensor } from '../onnx/tensor.ts'

import { quantiseColumns } from './column-int8.ts'

/** Activations are unsigned bytes around this one. */
const zeroPoint = 128
const largestActivation = 127
const onnxUint8 = 2

/**
 * `x · weightᵀ` as a product of integers, with a relative error of 1–2 %. Each row of `x` is rounded to 8 bits by its own largest number, and integers add up exactly: a candidate's
 * result does not depend on its batch-mates or on how many they are. A row of zeros gives zeros.
 * @param weight float32 `[out, in]`, as PyTorch keeps it.
 */
export function integerLinear(graph: GraphBuilder, name: string, x: Value, weight: Tensor): Value {
  const { codes, scales } = quantiseColumns(weight)
  const largest = graph.node('ReduceMax', [graph.node('Abs', [x]), graph.int64([-1])], { attributes: { keepdims: 1 } })
  const scale = graph.node('Mul', [largest, graph.float(1 / largestActivation)])
  // The cast cuts off what is behind the point, so half a step more rounds to the nearest.
  const shifted = graph.node('Add', [graph.node('Div', [x, scale]), graph.float(zeroPoint + 0.5)])
  const rounded = graph.node('Cast', [shifted], { attributes: { to: onnxUint8 } })
  const product = graph.node(
    'MatMulIntegerToFloat',
    [
      rounded,
      graph.initializer(`${name}.codes`, codes),
      // One scale for all rows is what this operator takes: that of each follows.
      graph.initializer(`${name}.unit`, tensor('float32', [1], Float32Array.of(1))),
      graph.initializer(`${name}.scales`, scales),
      graph.initializer(`${name}.zero`, tensor('uint8', [1], Uint8Array.of(zeroPoint))),
    ],
    { domain: 'com.microsoft' },
  )
  return graph.node('Mul', [product, scale])
}
