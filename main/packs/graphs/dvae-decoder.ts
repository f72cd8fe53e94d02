import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { codeEmbeddings, enlarged, inputCodes } from './convolution.ts'
import { enlargedConvolution, shuffled } from './enlarged-convolution.ts'
import { coloursOf, paintWithPalette, readPalette } from './palette.ts'
import { logitLaplaceRange, outputInterleavedPixels, outputPixels, unitRange, type CodecOptions } from './pixels.ts'
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

  const codes = inputCodes(graph)
  const { places, colors } = dvae.palette ? readPalette(context, dvae, dvae.palette, codes) : { places: codes }
  let x = codeEmbeddings(context, places)
  const { upsample, shuffle = 1 } = dvae.decoder
  const last = upsample.length - 1
  upsample.forEach((factor, group) => {
    x = residualGroup(context, `decoder.groups.${group}`, x)
    if (factor > 1 && group < last) x = enlarged(graph, x, factor)
  })
  const activated = { ...x, value: graph.node('Relu', [x.value]) }
  x = enlargedConvolution(context, 'decoder.output', activated, upsample[last] ?? 1)
  assertOutputs(dvae, x.channels)
  const output = shuffled(graph, x.value, shuffle)
  if (colors) outputInterleavedPixels(graph, paintWithPalette(context, output, colors), pixels)
  else if (dvae.pixels === 'unit') outputPixels(graph, output, pixels, unitRange)
  else outputPixels(graph, laplaceMean(graph, output), pixels, logitLaplaceRange)
  return graph
}

/** RGB (and its spread), or RGB and the palette's shares; times the pixels each becomes. */
function assertOutputs({ pixels, palette, decoder }: DvaeDescription, channels: number): void {
  const planes = (pixels === 'unit' ? 3 : 6) + (palette ? 1 + coloursOf(palette) : 0)
  const wanted = planes * (decoder.shuffle ?? 1) ** 2
  if (channels === wanted) return
  const rule = `has ${channels} outputs; ${wanted} are needed`
  throw new StudioError('packInvalid', `dvae.safetensors: decoder.output.weight ${rule}.`)
}

/** Paper §A.3: the first three of the six channels are the means, in logit space. */
function laplaceMean(graph: GraphBuilder, x: Value): Value {
  const means = graph.node('Slice', [x, graph.int64([0]), graph.int64([3]), graph.int64([1])])
  return graph.node('Sigmoid', [means])
}
