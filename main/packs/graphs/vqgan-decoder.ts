import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { DvaeDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { codeEmbeddings, convolution, enlarged, type FeatureMap } from './convolution.ts'
import { outputPixels, signedRange, unitRange, type CodecOptions } from './pixels.ts'
import { normAndSwish, vqganLevel, vqganMiddle, type VqganContext } from './vqgan-blocks.ts'
import { WeightWriter } from './weight-writer.ts'

/**
 * `codes` int64 `[B, rows, columns]` → `pixels` `[B, height, width, 3]` (RGB): the decoder of a VQGAN (Esser et al. 2021, "Taming
 * Transformers"), with the tensor names of its published code and `decoder.codebook.weight` `[codes, channels]`.
 * Throws `packInvalid` when the weights do not fit.
 */
export function buildVqganDecoder(
  { vqgan }: DvaeDescription,
  weights: WeightSet,
  { storage, pixels = 'uint8' }: CodecOptions,
): GraphBuilder {
  if (vqgan === undefined) throw new StudioError('packInvalid', 'model.json: dvae.vqgan is missing.')
  const graph = new GraphBuilder('vqgan-decoder')
  const writer = new WeightWriter(graph, storage)
  const context: VqganContext = { graph, weights, writer, normEps: vqgan.normEps }

  let x = convolution(context, 'post_quant_conv', codeEmbeddings(context))
  x = vqganMiddle(context, 'decoder.mid', convolution(context, 'decoder.conv_in', x))
  for (let level = weights.countOf('decoder.up.') - 1; level >= 0; level--) x = upLevel(context, level, x)
  x = convolution(context, 'decoder.conv_out', normAndSwish(context, 'decoder.norm_out', x))
  outputPixels(graph, x.value, pixels, vqgan.output === 'unit' ? unitRange : signedRange)
  return graph
}

function upLevel(context: VqganContext, level: number, x: FeatureMap): FeatureMap {
  const name = `decoder.up.${level}`
  const result = vqganLevel(context, name, x)
  if (!context.weights.has(`${name}.upsample.conv.weight`)) return result
  return convolution(context, `${name}.upsample.conv`, enlarged(context.graph, result, 2))
}
