import { StudioError } from '#app/contract/errors.ts'
import { storedPrecisions, weightsFileOf, type SessionName, type StoredPrecision } from '#app/domain/pack.ts'

import { buildBart } from '../graphs/bart.ts'
import { buildClipImage } from '../graphs/clip-image.ts'
import { buildClipText } from '../graphs/clip-text.ts'
import { buildDiscreteVaeDecoder, buildDiscreteVaeEncoder } from '../graphs/discrete-vae.ts'
import { buildDvaeDecoder } from '../graphs/dvae-decoder.ts'
import { buildDvaeEncoder } from '../graphs/dvae-encoder.ts'
import type { CodecOptions } from '../graphs/pixels.ts'
import { buildTransformer } from '../graphs/transformer.ts'
import type { LinearPrecision } from '../graphs/transformer-linear.ts'
import { buildVqganDecoder } from '../graphs/vqgan-decoder.ts'
import { buildVqganEncoder } from '../graphs/vqgan-encoder.ts'
import type { WeightStorage } from '../graphs/weight-writer.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { TensorMap } from '../safetensors/read.ts'
import type { ClipDescription, DvaeDescription } from '../weights/model-description.ts'
import type { ModelWeights } from '../weights/read-weights.ts'
import { WeightSet } from '../weights/weight-set.ts'

export interface PackFile {
  readonly session: SessionName
  readonly precision: StoredPrecision
  readonly file: string
  /** The large weights lie in a file of their own, because protobuf ends at 2 GiB. */
  readonly weightsFile?: string
  readonly graph: GraphBuilder
}

/**
 * The graphs of a pack one after another: each can be written and let go before the next is built.
 * @param only the one precision the transformer is wanted in; without it, every one that fits into a file
 * @param maxBytes of a model in one file; lower in tests
 * @param int8 how an int8 transformer multiplies
 * @throws StudioError `packInvalid` when fp32 alone is wanted and does not fit
 */
export function* packFiles(
  weights: ModelWeights,
  storage: WeightStorage,
  only?: StoredPrecision,
  maxBytes: number = GraphBuilder.maxBytes,
  int8: Exclude<LinearPrecision, 'fp32'> = 'int8',
): Generator<PackFile> {
  const { model } = weights
  for (const precision of only === undefined ? storedPrecisions : [only]) {
    const transformer = new WeightSet(weights.transformer, 'transformer.safetensors')
    const build = model.transformer.architecture === 'bart' ? buildBart : buildTransformer
    const graph = build(model.transformer, transformer, precision === 'int8' ? int8 : precision, storage)
    transformer.assertAllTaken()
    // In fp32 a model of a billion weights would need more memory than it is worth.
    const isLarge = graph.weightBytes() > maxBytes
    if (precision === 'fp32' && isLarge) {
      if (only === undefined) continue
      const gibibytes = (graph.weightBytes() / 2 ** 30).toFixed(1)
      throw new StudioError(
        'packInvalid',
        `In fp32 the transformer has ${gibibytes} GiB, and a file ends at 2; int8 fits.`,
      )
    }
    const file = precision === 'fp32' ? 'transformer.onnx' : `transformer.${precision}.onnx`
    yield { session: 'transformer', precision, file, graph, ...(isLarge ? { weightsFile: weightsFileOf(file) } : {}) }
  }

  yield* dvaeFiles(weights, storage)

  if (model.clip === undefined || weights.clip === undefined) return
  yield* clipFiles(model.clip, weights.clip, storage)
}

/** The two graphs of a CLIP. */
export function* clipFiles(
  description: ClipDescription,
  tensors: TensorMap,
  storage: WeightStorage,
): Generator<PackFile> {
  const clip = new WeightSet(tensors, 'clip.safetensors')
  const text = buildClipText(description, clip, storage)
  yield { session: 'clipText', precision: 'fp32', file: 'clip-text.onnx', graph: text }
  const image = buildClipImage(description, clip, storage)
  yield { session: 'clipImage', precision: 'fp32', file: 'clip-image.onnx', graph: image }
  clip.assertAllTaken((name) => name === 'logit_scale' || name.endsWith('.position_ids'))
}

function* dvaeFiles({ model, dvae }: ModelWeights, storage: WeightStorage): Generator<PackFile> {
  const set = new WeightSet(dvae, 'dvae.safetensors')
  const { buildDecoder, buildEncoder } = codecBuilders(model.dvae)
  const decoder = buildDecoder(model.dvae, set, { storage })
  yield { session: 'vaeDecoder', precision: 'fp32', file: 'vae-decoder.onnx', graph: decoder }
  if (buildEncoder !== undefined) {
    const graph = buildEncoder(model.dvae, set, { storage })
    yield { session: 'vaeEncoder', precision: 'fp32', file: 'vae-encoder.onnx', graph }
  }
  set.assertAllTaken()
}

type BuildCodec = (dvae: DvaeDescription, weights: WeightSet, options: CodecOptions) => GraphBuilder

function codecBuilders({ encoder, vqgan, isDiscreteVae }: DvaeDescription): {
  readonly buildDecoder: BuildCodec
  readonly buildEncoder?: BuildCodec
} {
  if (isDiscreteVae === true) return { buildDecoder: buildDiscreteVaeDecoder, buildEncoder: buildDiscreteVaeEncoder }
  if (vqgan !== undefined)
    return { buildDecoder: buildVqganDecoder, buildEncoder: vqgan.hasEncoder ? buildVqganEncoder : undefined }
  return { buildDecoder: buildDvaeDecoder, buildEncoder: encoder === undefined ? undefined : buildDvaeEncoder }
}
