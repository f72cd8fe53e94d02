import { commonTransformer, gridSide, repeated } from './description.ts'
import type { MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { concatenated, WeightPlan } from './weight-plan.ts'

/**
 * minDALL-E (kakaobrain): dense, causal, no begin mark. Its pad is an ordinary token that every position shares, so the
 * format's pad rows are copies of it; image positions have a table of their own.
 * @param padId id of `[PAD]` in its vocabulary
 */
export function mapMinDallE(tables: readonly TensorTable[], padId: number): MappedPart[] {
  return tables.flatMap((table) =>
    table.has('tok_emb_txt.weight') && table.has('head_img.weight') && table.has('blocks.0.attn.key.weight')
      ? [mapTransformer(table, padId)]
      : [],
  )
}

function mapTransformer(table: TensorTable, padId: number): MappedPart {
  const plan = new WeightPlan(table)
  const [textVocabulary, width] = [table.size('tok_emb_txt.weight', 0), table.size('tok_emb_txt.weight', 1)]
  const imageVocabulary = table.size('tok_emb_img.weight', 0)
  const textLength = table.size('pos_emb_txt.weight', 0)
  const cells = table.size('pos_emb_img.weight', 0)
  const ids = textVocabulary + textLength + imageVocabulary
  plan.compute(
    'token_embedding.weight',
    [
      ['tok_emb_txt.weight', [textVocabulary, width]],
      ['tok_emb_img.weight', [imageVocabulary, width]],
    ],
    [ids, width],
    ([text = none, image = none]) =>
      concatenated([text, repeated(text.subarray(padId * width, (padId + 1) * width), textLength), image]),
    `text, its pad ${padId} for each position, image`,
  )
  plan.copy('text_position_embedding.weight', 'pos_emb_txt.weight', [textLength, width])
  plan.copy('image_position_embedding.weight', 'pos_emb_img.weight', [cells, width])
  const layers = table.count('blocks.', '.ln1.weight')
  const mlpWidth = table.size('blocks.0.mlp.0.weight', 0)
  for (let layer = 0; layer < layers; layer++) mapLayer(plan, layer, width, mlpWidth)
  for (const part of ['weight', 'bias'] as const) plan.copy(`final_norm.${part}`, `ln_f.${part}`, [width])
  plan.compute(
    'head.weight',
    [['head_img.weight', [imageVocabulary, width]]],
    [ids, width],
    ([image = none]) => concatenated([new Float32Array((textVocabulary + textLength) * width), image]),
    'image rows; text rows are never used',
  )
  plan.ignore((name) => name === 'head_txt.weight' || name.endsWith('.attn.mask'))
  const side = gridSide(cells)
  return {
    kind: 'transformer',
    family: 'min-dall-e',
    reason: 'tok_emb_txt, tok_emb_img, head_img and blocks.*.attn.{key,query,value}',
    plan,
    tokenizer: { kind: 'char-bpe', vocabulary: textVocabulary, isLowercase: true },
    sampling: { temperature: 1, topK: 256, guidanceScale: 1 },
    description: {
      ...commonTransformer,
      width,
      layers,
      // The published heads are 64 wide; the tensors do not tell.
      heads: Math.max(1, width / 64),
      headDim: Math.min(width, 64),
      mlpWidth,
      activation: 'gelu',
      textLength,
      textVocabulary,
      rows: side,
      columns: side,
      imageVocabulary,
      attention: Array.from({ length: layers }, () => 'dense' as const),
    },
  }
}

const none = new Float32Array(0)

function mapLayer(plan: WeightPlan, layer: number, width: number, mlpWidth: number): void {
  const [source, target] = [`blocks.${layer}`, `layers.${layer}`]
  const parts = ['query', 'key', 'value'].map((part) => `${source}.attn.${part}`)
  const rows = parts.map((part) => [`${part}.weight`, width] as const)
  plan.stack(`${target}.attention.qkv.weight`, rows, [width])
  if (plan.table.has(`${source}.attn.query.bias`)) {
    const biases = parts.map((part) => [`${part}.bias`, width] as const)
    plan.stack(`${target}.attention.qkv.bias`, biases, [])
  }
  for (const part of ['weight', 'bias'] as const) {
    plan.copy(`${target}.attention_norm.${part}`, `${source}.ln1.${part}`, [width])
    plan.copy(`${target}.mlp_norm.${part}`, `${source}.ln2.${part}`, [width])
  }
  const linear = (to: string, from: string, shape: readonly [number, number]): void => {
    plan.copy(`${target}.${to}.weight`, `${source}.${from}.weight`, shape)
    plan.copyOptional(`${target}.${to}.bias`, `${source}.${from}.bias`, [shape[0]])
  }
  linear('attention.out', 'attn.proj', [width, width])
  linear('mlp.up', 'mlp.0', [mlpWidth, width])
  linear('mlp.down', 'mlp.2', [width, mlpWidth])
}
