import { commonTransformer, gridSide, repeated, rowsOf } from './description.ts'
import type { MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { concatenated, WeightPlan } from './weight-plan.ts'

export interface DalleMiniOptions {
  /** min-dalle's later versions begin with 16383; the model was trained with 16384, the id behind the codes. */
  readonly startToken?: number
  /** The prompt is only lower-cased, as min-dalle does; else dalle-mini's own normaliser runs. */
  readonly isTextShort?: boolean
}

/** Ids of its byte-pair vocabulary. */
const marks = { bos: 0, pad: 1, eos: 2 } as const

/**
 * DALL·E Mini and Mega: min-dalle's two PyTorch files, or the Flax original with its layers stacked (checkpoints.md 5, 6).
 * Most of its layer norms have a bias only: their scale is 1.
 */
export function mapDalleMini(tables: readonly TensorTable[], options: DalleMiniOptions = {}): MappedPart[] {
  const flax = tables.map(fromFlax).find((table) => table !== null)
  if (flax) return [mapTransformer(flax, options)]
  const halves = tables.filter((table) => table.has('layers.0.glu.fc0.weight') && table.has('embed_positions.weight'))
  const decoder = halves.find((table) => table.has('lm_head.weight'))
  const encoder = halves.find((table) => !table.has('lm_head.weight'))
  if (decoder === undefined) return []
  const both = (encoder ?? decoder.filter(() => false)).renamed((name) => `encoder.${name}`).joined(decoder, 'decoder.')
  return [mapTransformer(both, options)]
}

/** The Flax original under min-dalle's names; null for other tables. */
function fromFlax(table: TensorTable): TensorTable | null {
  const stack = 'decoder.layers.FlaxBartDecoderLayers.'
  const inner = table.has(`model.${stack}GLU_0.Dense_0.kernel`)
    ? table.renamed((name) => name.replace(/^model\./, ''))
    : table
  if (!inner.has(`${stack}GLU_0.Dense_0.kernel`)) return null
  return inner
    .unstacked((name, layer) => {
      const match = /^(encoder|decoder)\.layers\.FlaxBart(?:En|De)coderLayers\.(.*)$/.exec(name)
      return match === null ? undefined : `${match[1]}.layers.${layer}.${layerName(match[2] ?? '')}`
    })
    .renamed((name) => (name === 'lm_head.kernel' ? 'decoder.lm_head.kernel' : name))
    .turned((name) => (name.endsWith('.kernel') ? 'matrix' : undefined))
    .renamed((name) => name.replace(/\.(kernel|scale|embedding)$/, '.weight'))
}

function layerName(name: string): string {
  return name
    .replace(/^GLU_0\.LayerNorm_(\d)/, 'glu.ln$1')
    .replace(/^GLU_0\.Dense_(\d)/, 'glu.fc$1')
    .replace(/^FlaxBartAttention_0/, 'self_attn')
    .replace(/^FlaxBartAttention_1/, 'encoder_attn')
    .replace(/^LayerNorm_0/, 'pre_self_attn_layer_norm')
    .replace(/^LayerNorm_1/, 'self_attn_layer_norm')
    .replace(/^LayerNorm_2/, 'pre_encoder_attn_layer_norm')
    .replace(/^LayerNorm_3/, 'encoder_attn_layer_norm')
}

function mapTransformer(table: TensorTable, { startToken, isTextShort = false }: DalleMiniOptions): MappedPart {
  const plan = new WeightPlan(table)
  const textWords = table.size('encoder.embed_tokens.weight', 0)
  const width = table.size('encoder.embed_tokens.weight', 1)
  const textPositions = table.size('encoder.embed_positions.weight', 0)
  const cells = table.size('decoder.embed_positions.weight', 0)
  const rows = table.size('decoder.embed_tokens.weight', 0)
  // Mini has 16384 codes and one row more, Mega 16415 ids and one row more; both draw 16384 codes only.
  const codes = 2 ** Math.floor(Math.log2(rows - 1))
  const start = startToken ?? codes
  // The start token has a position of its own between text and cells.
  const textLength = textPositions + 1

  plan.compute(
    'text_encoder.token_embedding.weight',
    [['encoder.embed_tokens.weight', [textWords, width]]],
    [textWords + textLength, width],
    ([words = none]) => concatenated([words, repeated(rowsOf(words, marks.pad, 1, width), textLength)]),
    `its pad ${marks.pad} for each position`,
  )
  plan.copy('text_encoder.position_embedding.weight', 'encoder.embed_positions.weight', [textPositions, width])
  plan.compute(
    'token_embedding.weight',
    [['decoder.embed_tokens.weight', [rows, width]]],
    [codes + 1, width],
    ([all = none]) => concatenated([rowsOf(all, start, 1, width), rowsOf(all, 0, codes, width)]),
    `start token ${start}, then the codes`,
  )
  plan.compute(
    'position_embedding.weight',
    [['decoder.embed_positions.weight', [cells, width]]],
    [textLength + cells, width],
    ([all = none]) => concatenated([new Float32Array(textPositions * width), all, new Float32Array(width)]),
    'moved behind the text',
  )
  mapStack(plan, 'encoder', 'text_encoder.', width)
  const layers = mapStack(plan, 'decoder', '', width)
  const logits = table.size('decoder.lm_head.weight', 0)
  plan.compute(
    'head.weight',
    [['decoder.lm_head.weight', [logits, width]]],
    [codes, width],
    ([all = none]) => rowsOf(all, 0, codes, width),
    'the codes only',
  )
  const side = gridSide(cells)
  return {
    kind: 'transformer',
    family: 'dalle-mini',
    reason: `an encoder and a decoder with layers.*.glu.fc0, ${rows} image ids`,
    plan,
    tokenizer: {
      ...{ kind: 'byte-bpe', vocabulary: textWords, isLowercase: true },
      normalizer: isTextShort ? undefined : 'dalle-mini',
    },
    sampling: { temperature: 1, topK: 256, guidanceScale: 4 },
    description: {
      ...commonTransformer,
      architecture: 'bart',
      width,
      layers,
      heads: Math.max(1, width / 64),
      headDim: Math.min(64, width),
      mlpWidth: table.size('decoder.layers.0.glu.fc0.weight', 0),
      activation: 'geglu',
      bos: marks.bos,
      eos: marks.eos,
      isEosCut: true,
      textLength,
      textVocabulary: textWords,
      rows: side,
      columns: side,
      imageVocabulary: codes,
      attention: Array.from({ length: layers }, () => 'dense' as const),
    },
  }
}

const none = new Float32Array(0)

/** @returns how many layers there are */
function mapStack(plan: WeightPlan, half: 'encoder' | 'decoder', target: string, width: number): number {
  const { table } = plan
  mapNorm(plan, `${target}embedding_norm`, `${half}.layernorm_embedding`, width)
  mapNorm(plan, `${target}final_norm`, `${half}.final_ln`, width)
  const layers = table.count(`${half}.layers.`, '.glu.fc0.weight')
  const mlpWidth = table.size(`${half}.layers.0.glu.fc0.weight`, 0)
  for (let layer = 0; layer < layers; layer++) {
    const [from, to] = [`${half}.layers.${layer}`, `${target}layers.${layer}`]
    const square = (name: string, source: string): void =>
      plan.copy(`${to}.${name}.weight`, `${from}.${source}.weight`, [width, width])
    const stack = (name: string, sources: readonly string[]): void =>
      plan.stack(
        `${to}.${name}.weight`,
        sources.map((source) => [`${from}.${source}.weight`, width] as const),
        [width],
      )
    mapNorm(plan, `${to}.attention_norm`, `${from}.pre_self_attn_layer_norm`, width)
    stack('attention.qkv', ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'])
    square('attention.out', 'self_attn.out_proj')
    mapNorm(plan, `${to}.attention_out_norm`, `${from}.self_attn_layer_norm`, width)
    if (half === 'decoder') {
      mapNorm(plan, `${to}.cross_norm`, `${from}.pre_encoder_attn_layer_norm`, width)
      square('cross.query', 'encoder_attn.q_proj')
      stack('cross.kv', ['encoder_attn.k_proj', 'encoder_attn.v_proj'])
      square('cross.out', 'encoder_attn.out_proj')
      mapNorm(plan, `${to}.cross_out_norm`, `${from}.encoder_attn_layer_norm`, width)
    }
    mapNorm(plan, `${to}.mlp_norm`, `${from}.glu.ln0`, width)
    plan.copy(`${to}.mlp.gate.weight`, `${from}.glu.fc0.weight`, [mlpWidth, width])
    plan.copy(`${to}.mlp.up.weight`, `${from}.glu.fc1.weight`, [mlpWidth, width])
    mapNorm(plan, `${to}.mlp.inner_norm`, `${from}.glu.ln1`, mlpWidth)
    plan.copy(`${to}.mlp.down.weight`, `${from}.glu.fc2.weight`, [width, mlpWidth])
  }
  return layers
}

function mapNorm(plan: WeightPlan, target: string, source: string, width: number): void {
  if (plan.table.has(`${source}.weight`)) plan.copy(`${target}.weight`, `${source}.weight`, [width])
  else plan.constant(`${target}.weight`, [width], 1, 'it has a bias only')
  plan.copy(`${target}.bias`, `${source}.bias`, [width])
}
