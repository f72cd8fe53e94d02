import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { codeEmbeddings, enlarged } from './convolution.ts'
import { enlargedConvolution } from './enlarged-convolution.ts'
import { logitLaplaceRange, outputPixels, unitRange, type CodecOptions } from './pixels.ts'
import { residualGroup, type ResidualContext } from './residual-blocks.ts'
import { WeightWriter } from './weight-writer.ts'

/**
 * `codes` int64 `[B, rows, columns]` → `pixels` `[B, height, width, 3]` (RGB).
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildDvaeDecoder(
  dvae: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: CodecOptions,
): GraphBuilder {
  const graph = new GraphBuilder('dvae-decoder')
  const context: ResidualContext = { graph, weights, writer: new WeightWriter(graph, storage), gain: dvae.gain }

  let x = codeEmbeddings(context)
  const { upsample } = dvae.decoder
  const last = upsample.length - 1
  upsample.forEach((factor, group) => {
    x = residualGroup(context, `decoder.groups.${group}`, x)
    if (factor > 1 && group < last) x = enlarged(graph, x, factor)
  })
  x = enlargedConvolution(
    context,
    'decoder.output',
    { ...x, value: graph.node('Relu', [x.value]) },
    upsample[last] ?? 1,
  )
  if (dvae.pixels === 'unit') outputPixels(graph, x.value, pixels, unitRange)
  else outputPixels(graph, laplaceMean(graph, x.value), pixels, logitLaplaceRange)
  return graph
}

/** Paper §A.3: the first three of the six channels are the means, in logit space. */
function laplaceMean(graph: GraphBuilder, x: Value): Value {
  const means = graph.node('Slice', [x, graph.int64([0]), graph.int64([3]), graph.int64([1])])
  return graph.node('Sigmoid', [means])
}
