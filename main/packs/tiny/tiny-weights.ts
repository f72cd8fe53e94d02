import type {
  ClipDescription,
  DvaeDescription,
  ModelDescription,
  PaletteDescription,
  TransformerDescription,
} from '../weights/model-description.ts'
import { coloursOf } from '../graphs/palette.ts'
import type { ModelWeights } from '../weights/read-weights.ts'

import { RandomWeights } from './random-weights.ts'
import { tinyTokenizerJson, tinyVocabulary } from './tiny-tokenizer.ts'

/** What a test may change about the tiny model. */
export interface TinyOptions {
  readonly id?: string
  readonly seed?: number
  readonly transformer?: Partial<TransformerDescription>
  /** False: a pack that cannot rank. */
  readonly hasClip?: boolean
  /** True: a row of colours above the 4 × 4 places, and a decoder that shuffles pixels. */
  readonly hasPalette?: boolean
}

/** A complete model of random weights, small enough to build and load in a fraction of a second. */
export function tinyWeights(options: TinyOptions = {}): ModelWeights {
  const { seed = 1 } = options
  const model = describeTiny(options)
  const random = (offset: number) => new RandomWeights(seed * 16 + offset)
  return {
    model,
    tokenizer: tinyTokenizerJson(),
    transformer: transformerWeights(model.transformer, random(1)),
    dvae: dvaeWeights(model.transformer.imageVocabulary, model.dvae, random(2)),
    clip: model.clip && clipWeights(model.clip, random(3)),
  }
}

function describeTiny({ id = 'tiny', transformer, hasClip = true, hasPalette = false }: TinyOptions): ModelDescription {
  const width = 32
  return {
    id,
    name: 'Tiny random pack',
    version: '0.1.0',
    description: 'Random weights for tests: the pictures are noise.',
    licence: 'Apache-2.0',
    attribution: ['Made by a seeded generator; no training data.'],
    lowercase: true,
    transformer: {
      width,
      layers: 2,
      heads: 2,
      headDim: 16,
      mlpWidth: 64,
      activation: 'relu2',
      norm: 'layernorm',
      normEps: 1e-5,
      qkNorm: true,
      textLength: 16,
      textVocabulary: tinyVocabulary,
      bos: 1,
      eos: null,
      rows: hasPalette ? 5 : 4,
      columns: 4,
      paletteRows: hasPalette ? 1 : 0,
      imageVocabulary: 64,
      attention: ['dense', 'dense'],
      ...transformer,
    },
    dvae: {
      pictureSize: [32, 32],
      encoderSize: [16, 16],
      pixels: 'unit',
      gain: 0.25,
      encoder: { inputStride: 1, downsample: [2, 2, 1] },
      decoder: hasPalette ? { upsample: [2, 2, 1], shuffle: 2 } : { upsample: [2, 2, 2] },
      palette: hasPalette ? { positions: 4, levels: 8 } : null,
    },
    clip: hasClip
      ? {
          imageSize: 16,
          patchSize: 8,
          mean: [0.5, 0.5, 0.5],
          std: [0.5, 0.5, 0.5],
          resample: 'area',
          textLength: 16,
          textVocabulary: tinyVocabulary,
          bos: 1,
          eos: 2,
          pad: 0,
          textWidth: width,
          textLayers: 2,
          textHeads: 2,
          visionWidth: width,
          visionLayers: 2,
          visionHeads: 2,
          projection: 24,
          activation: 'quick_gelu',
        }
      : undefined,
    sampling: { temperature: 1, topK: 0, topP: 0.95, guidanceScale: 2, candidates: 4 },
  }
}

function transformerWeights(transformer: TransformerDescription, random: RandomWeights) {
  const { width, layers, heads, headDim, mlpWidth } = transformer
  const hasBias = transformer.norm === 'layernorm'
  const vocabulary = transformer.textVocabulary + transformer.textLength + transformer.imageVocabulary
  random.normal('token_embedding.weight', [vocabulary, width], 1)
  random.normal('text_position_embedding.weight', [transformer.textLength, width], 0.5)
  random.normal('image_row_embedding.weight', [transformer.rows, width], 0.5)
  random.normal('image_column_embedding.weight', [transformer.columns, width], 0.5)
  for (let layer = 0; layer < layers; layer += 1) {
    const name = `layers.${layer}`
    random.norm(`${name}.attention_norm`, width, hasBias)
    random.linear(`${name}.attention.qkv.weight`, [3 * heads * headDim, width])
    if (transformer.qkNorm) {
      random.normal(`${name}.attention.query_norm.weight`, [headDim], 0.1, 1)
      random.normal(`${name}.attention.key_norm.weight`, [headDim], 0.1, 1)
    }
    random.linear(`${name}.attention.out.weight`, [width, heads * headDim])
    random.norm(`${name}.mlp_norm`, width, hasBias)
    random.linear(`${name}.mlp.up.weight`, [mlpWidth, width])
    if (transformer.activation === 'geglu') random.linear(`${name}.mlp.gate.weight`, [mlpWidth, width])
    random.linear(`${name}.mlp.down.weight`, [width, mlpWidth])
  }
  random.norm('final_norm', width, hasBias)
  // Wide logits: the draws then differ from the likeliest code often, but not always.
  random.linear('head.weight', [vocabulary, width], 3)
  return random.tensors()
}

function dvaeWeights(imageVocabulary: number, { decoder, palette }: DvaeDescription, random: RandomWeights) {
  const channels = 16
  random.layer('encoder.input', [channels, 3, 3, 3], 4)
  for (let group = 0; group < 3; group += 1)
    residualBlock(random, `encoder.groups.${group}.blocks.0`, channels, channels)
  random.layer('encoder.output', [imageVocabulary, channels, 1, 1])
  random.normal('decoder.codebook.weight', [imageVocabulary, channels], 1)
  residualBlock(random, 'decoder.groups.0.blocks.0', channels, 12)
  residualBlock(random, 'decoder.groups.1.blocks.0', 12, 8)
  residualBlock(random, 'decoder.groups.2.blocks.0', 8, 8)
  const outputs = (3 + (palette ? 1 + coloursOf(palette) : 0)) * (decoder.shuffle ?? 1) ** 2
  random.linear('decoder.output.weight', [outputs, 8, 3, 3])
  random.normal('decoder.output.bias', [outputs], 0, 0.5)
  if (palette) paletteWeights(palette, random)
  return random.tensors()
}

function paletteWeights({ positions }: PaletteDescription, random: RandomWeights): void {
  const hidden = 8
  random.layer('palette.pixel.0', [hidden, 3, 1, 1], 2)
  random.layer('palette.pixel.1', [hidden, hidden, 1, 1], 2)
  random.layer('palette.summary', [hidden, 2 * hidden], 2)
  random.layer('palette.value', [positions, hidden], 4)
}

function residualBlock(random: RandomWeights, name: string, channelsIn: number, channelsOut: number): void {
  if (channelsIn !== channelsOut) random.layer(`${name}.id_path`, [channelsOut, channelsIn, 1, 1])
  random.layer(`${name}.res_path.0`, [8, channelsIn, 3, 3])
  random.layer(`${name}.res_path.1`, [channelsOut, 8, 1, 1])
}

function clipWeights(clip: ClipDescription, random: RandomWeights) {
  const { textWidth, visionWidth, patchSize } = clip
  random.normal('logit_scale', [], 0, Math.log(10))
  random.normal('text_model.embeddings.token_embedding.weight', [clip.textVocabulary, textWidth], 0.5)
  random.normal('text_model.embeddings.position_embedding.weight', [clip.textLength, textWidth], 0.5)
  clipLayers(random, 'text_model', clip.textLayers, textWidth)
  random.norm('text_model.final_layer_norm', textWidth)
  random.linear('text_projection.weight', [clip.projection, textWidth])
  random.normal('vision_model.embeddings.class_embedding', [visionWidth], 0.5)
  random.linear('vision_model.embeddings.patch_embedding.weight', [visionWidth, 3, patchSize, patchSize])
  const positions = (clip.imageSize / patchSize) ** 2 + 1
  random.normal('vision_model.embeddings.position_embedding.weight', [positions, visionWidth], 0.5)
  random.norm('vision_model.pre_layrnorm', visionWidth)
  clipLayers(random, 'vision_model', clip.visionLayers, visionWidth)
  random.norm('vision_model.post_layernorm', visionWidth)
  random.linear('visual_projection.weight', [clip.projection, visionWidth])
  return random.tensors()
}

function clipLayers(random: RandomWeights, tower: string, layers: number, width: number): void {
  for (let layer = 0; layer < layers; layer += 1) {
    const name = `${tower}.encoder.layers.${layer}`
    random.norm(`${name}.layer_norm1`, width)
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) {
      random.layer(`${name}.self_attn.${part}`, [width, width])
    }
    random.norm(`${name}.layer_norm2`, width)
    random.layer(`${name}.mlp.fc1`, [4 * width, width])
    random.layer(`${name}.mlp.fc2`, [width, 4 * width])
  }
}
