import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import type { Tensor } from '../onnx/tensor.ts'

import { defaultBlockSize, quantiseBlocks } from './block-int8.ts'

/** Activations are rounded to 8 bits for each row and block, so a candidate's result does not depend on its batch-mates. */
const accuracyLevel = 4

/**
 * `x · weightᵀ` with weights in 8-bit blocks: 3–4 times faster than float32 at one row, ~1 % relative error.
 * @param weight float32 `[out, in]`, as PyTorch keeps it.
 */
export function blockLinear(
  graph: GraphBuilder,
  name: string,
  x: Value,
  weight: Tensor,
  blockSize = defaultBlockSize,
): Value {
  const { codes, scales } = quantiseBlocks(weight, blockSize)
  const [outputs = 0, inputs = 0] = weight.dims
  return graph.node(
    'MatMulNBits',
    [x, graph.initializer(`${name}.codes`, codes), graph.initializer(`${name}.scales`, scales)],
    {
      domain: 'com.microsoft',
      attributes: { K: inputs, N: outputs, bits: 8, block_size: blockSize, accuracy_level: accuracyLevel },
    },
  )
}
