import type { AttentionKind } from '#app/domain/pack.ts'

import { commonTransformer, rowsOf } from './description.ts'
import type { MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { concatenated, WeightPlan } from './weight-plan.ts'

/**
 * ruDALL-E (ai-forever/ru-dalle). Two variants that share all tensor names: v3 stores its masks as booleans and begins
 * with the tokenizer's own mark; v2 puts a second mark in front, so that everything moves by one while its masks do not.
 * @param variant overrides the recognition
 */
export function mapRudalle(tables: readonly TensorTable[], variant?: 'v2' | 'v3'): MappedPart[] {
  return tables.flatMap((table) =>
    table.has('image_row_embeddings.weight') && table.has('transformer.layers.0.attention.query_key_value.weight')
      ? [mapTransformer(table, variant ?? (table.dtype('transformer.row_mask') === 'bool' ? 'v3' : 'v2'))]
      : [],
  )
}

function mapTransformer(table: TensorTable, variant: 'v2' | 'v3'): MappedPart {
  const plan = new WeightPlan(table)
  const isV2 = variant === 'v2'
  const [textRows, width] = [table.size('text_embeddings.weight', 0), table.size('text_embeddings.weight', 1)]
  const positions = table.size('text_pos_embeddings.weight', 0)
  // One position more than text ids: v2's second mark.
  const captionLength = positions - 1
  const textLength = isV2 ? positions : captionLength
  const textVocabulary = textRows - captionLength
  const imageVocabulary = table.size('image_embeddings.weight', 0)
  const ids = textVocabulary + textLength + imageVocabulary
  plan.compute(
    'token_embedding.weight',
    [
      ['text_embeddings.weight', [textRows, width]],
      ['image_embeddings.weight', [imageVocabulary, width]],
    ],
    [ids, width],
    ([text = none, image = none]) => {
      const words = rowsOf(text, 0, textVocabulary, width)
      const pads = rowsOf(text, textVocabulary, captionLength, width)
      // Position p of v2 is position p − 1 of the caption; at position 0 there is never a pad.
      return concatenated(isV2 ? [words, rowsOf(pads, 0, 1, width), pads, image] : [words, pads, image])
    },
    isV2 ? 'text, pads moved by one position, image' : 'text, image',
  )
  plan.compute(
    'text_position_embedding.weight',
    [['text_pos_embeddings.weight', [positions, width]]],
    [textLength, width],
    ([all = none]) => rowsOf(all, 0, textLength, width),
  )
  const rows = table.size('image_row_embeddings.weight', 0)
  const columns = table.size('image_col_embeddings.weight', 0)
  plan.copy('image_row_embedding.weight', 'image_row_embeddings.weight', [rows, width])
  plan.copy('image_column_embedding.weight', 'image_col_embeddings.weight', [columns, width])
  const layers = table.count('transformer.layers.', '.input_layernorm.weight')
  const mlpWidth = table.size('transformer.layers.0.mlp.dense_h_to_4h.weight', 0)
  for (let layer = 0; layer < layers; layer++) mapLayer(plan, layer, width, mlpWidth)
  for (const part of ['weight', 'bias'] as const) {
    plan.copy(`final_norm.${part}`, `transformer.final_layernorm.${part}`, [width])
    plan.copy(`head_norm.${part}`, `to_logits.0.${part}`, [width])
  }
  const logits = textRows + imageVocabulary
  const pad = isV2 ? 1 : 0
  for (const [part, trailing] of [
    ['weight', [width]],
    ['bias', []],
  ] as const) {
    const size = trailing[0] ?? 1
    plan.compute(
      `head.${part}`,
      [[`to_logits.1.${part}`, [logits, ...trailing]]],
      [ids, ...trailing],
      ([all = none]) => (pad === 0 ? all : concatenated([new Float32Array(pad * size), all])),
    )
  }
  // Rebuilt from the layout instead of trusted.
  plan.ignore((name) => /(^|\.)(row|col|conv)_mask$/.test(name))
  return {
    kind: 'transformer',
    family: isV2 ? 'rudalle-v2' : 'rudalle-v3',
    reason: `image_row_embeddings and query_key_value; masks ${isV2 ? 'are not' : 'are'} boolean`,
    plan,
    tokenizer: { kind: 'youtokentome', vocabulary: textVocabulary, isLowercase: true },
    sampling: { temperature: 1, topK: 2048, guidanceScale: 1 },
    description: {
      ...commonTransformer,
      width,
      layers,
      // 16 × 128 (Malevich), 60 × 64 (Kandinsky).
      heads: width / headDimOf(width),
      headDim: headDimOf(width),
      mlpWidth,
      activation: 'gelu_tanh',
      textLength,
      textVocabulary,
      bos: 2,
      eos: 3,
      bosCount: isV2 ? 2 : undefined,
      isEosCut: true,
      attentionTextLength: isV2 ? captionLength : undefined,
      rows,
      columns,
      imageVocabulary,
      attention: Array.from({ length: layers }, (_, layer) => layoutOf(layer, layers, isV2)),
    },
  }
}

const none = new Float32Array(0)

function headDimOf(width: number): number {
  if (width === 2048) return 128
  return width % 64 === 0 ? 64 : width
}

/** Layers counted from 0. */
function layoutOf(layer: number, layers: number, isV2: boolean): AttentionKind {
  if ((((layer - 1) % 4) + 4) % 4 === 0) return 'column'
  if (layer !== layers - 1) return 'row'
  return isV2 ? 'convolution-wrapped' : 'convolution-clipped'
}

function mapLayer(plan: WeightPlan, layer: number, width: number, mlpWidth: number): void {
  const [source, target] = [`transformer.layers.${layer}`, `layers.${layer}`]
  const norms = [
    ['attention_norm', 'input_layernorm'],
    ['attention_out_norm', 'before_first_addition_layernorm'],
    ['mlp_norm', 'post_attention_layernorm'],
    ['mlp_out_norm', 'before_second_addition_layernorm'],
  ] as const
  const linears = [
    ['attention.qkv', 'attention.query_key_value', [3 * width, width]],
    ['attention.out', 'attention.dense', [width, width]],
    ['mlp.up', 'mlp.dense_h_to_4h', [mlpWidth, width]],
    ['mlp.down', 'mlp.dense_4h_to_h', [width, mlpWidth]],
  ] as const
  for (const [to, from] of norms)
    for (const part of ['weight', 'bias'] as const)
      plan.copy(`${target}.${to}.${part}`, `${source}.${from}.${part}`, [width])
  for (const [to, from, shape] of linears) {
    plan.copy(`${target}.${to}.weight`, `${source}.${from}.weight`, shape)
    plan.copy(`${target}.${to}.bias`, `${source}.${from}.bias`, [shape[0]])
  }
}
