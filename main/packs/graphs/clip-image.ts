import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import { float32Of, tensor, type Tensor } from '../onnx/tensor.ts'
import type { ClipDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { clipContext, clipLayers, layerNorm, project, type ClipContext } from './clip-encoder.ts'
import type { WeightStorage } from './weight-writer.ts'

/**
 * `pixel_values` float32 `[B, 3, imageSize, imageSize]`, resized and normalised as pack.json says, → `image_embeds` float32 `[B, projection]`,
 * L2-normalised. The names are those of Hugging Face's ONNX exports.
 * Throws `packInvalid` when the weights do not fit the description.
 */
export function buildClipImage(clip: ClipDescription, weights: WeightSet, storage: WeightStorage): GraphBuilder {
  const context: ClipContext = {
    ...clipContext('clip-image', weights, storage),
    activation: clip.activation,
    width: clip.visionWidth,
    heads: clip.visionHeads,
    isCausal: false,
  }
  const { graph } = context
  const pixels = graph.input('pixel_values', 'float32', ['batch', 3, clip.imageSize, clip.imageSize])
  const embedded = patchEmbeddings(context, clip, pixels)
  // The misspelt name is Hugging Face's.
  const normed = layerNorm(context, 'vision_model.pre_layrnorm', embedded)
  const encoded = clipLayers(context, 'vision_model.encoder.layers.', clip.visionLayers, normed)
  const feature = graph.node('Gather', [encoded, graph.int64Scalar(0)], { attributes: { axis: 1 } })
  const pooled = layerNorm(context, 'vision_model.post_layernorm', feature)
  const embedding = project(context, 'visual_projection', clip.projection, pooled)
  graph.output(graph.rename(embedding, 'image_embeds'), 'float32', ['batch', clip.projection])
  return graph
}

/** `[B, 1 + patches, width]`: a zero row is put before the patches, and the class embedding waits in its position embedding. */
function patchEmbeddings({ graph, weights, writer, width }: ClipContext, clip: ClipDescription, pixels: Value): Value {
  const prefix = 'vision_model.embeddings'
  const { patchSize } = clip
  const patches = Math.floor(clip.imageSize / patchSize) ** 2
  const kernel = weights.take(`${prefix}.patch_embedding.weight`, [width, 3, patchSize, patchSize])
  const positions = weights.take(`${prefix}.position_embedding.weight`, [patches + 1, width])
  const classEmbedding = weights.take(`${prefix}.class_embedding`, [width])
  const planes = graph.node('Conv', [pixels, writer.weight(`${prefix}.patch_embedding.weight`, kernel)], {
    attributes: { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] },
  })
  const rows = graph.node('Transpose', [flattened(graph, planes, width)], { attributes: { perm: [0, 2, 1] } })
  const padded = graph.node('Pad', [rows, graph.int64([0, 1, 0, 0, 0, 0])])
  const embeddings = writer.weight(`${prefix}.position_embedding.weight`, withFirstRow(positions, classEmbedding))
  return graph.node('Add', [padded, embeddings])
}

/** `[B, width, h, w]` to `[B, width, h·w]`. */
function flattened(graph: GraphBuilder, planes: Value, width: number): Value {
  return graph.node('Reshape', [planes, graph.int64([0, width, -1])])
}

/** Adds `row` to the first row of `matrix`. */
function withFirstRow(matrix: Tensor, row: Tensor): Tensor {
  const values = float32Of(matrix).slice()
  float32Of(row).forEach((value, index) => {
    values[index] = (values[index] ?? 0) + value
  })
  return tensor('float32', matrix.dims, values)
}
