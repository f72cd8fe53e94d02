import type { AttentionKind } from '#app/domain/pack.ts'

import { refuse } from '../readers/refusal.ts'
import type { PlainValue } from '../readers/tensor-source.ts'

import { commonTransformer, gridSide, repeated, rowsOf } from './description.ts'
import { mapDiscreteVae } from './discrete-vae.ts'
import type { MappedPart } from './mapped-part.ts'
import { mapOpenaiDvae } from './openai-dvae.ts'
import type { TensorTable } from './tensor-table.ts'
import { mapVqgan } from './vqgan.ts'
import { concatenated, WeightPlan } from './weight-plan.ts'

/**
 * `dalle.pt` of DALLE-pytorch (lucidrains): hyper-parameters, weights and the picture tokenizer in one file. Versions
 * wrap their layers to different depths; what the wrapping does is told by the feed-forward (checkpoints.md 2).
 */
export function mapDallePytorch(tables: readonly TensorTable[]): MappedPart[] {
  return tables.flatMap((file) => {
    const table = file.under('weights.')
    if (typeof file.metadata.get('weights') === 'string')
      refuse(
        'family-mismatch',
        'dalle.pt',
        'its weights are in DeepSpeed shards elsewhere; gather them into one file first',
      )
    if (!table.has('text_emb.weight') || !table.has('image_emb.weight') || !table.has('to_logits.1.weight')) return []
    return [mapTransformer(table), ...mapBundledVae(table)]
  })
}

function mapBundledVae(table: TensorTable): MappedPart[] {
  const openai = mapOpenaiDvae([table.under('vae.enc.'), table.under('vae.dec.')])
  const vqgan = mapVqgan([table.under('vae.model.')])
  const own = mapDiscreteVae(table.under('vae.'))
  return [...openai, ...vqgan, ...own].map((part) => (part.kind === 'vae' ? { ...part, isBundled: true } : part))
}

function mapTransformer(table: TensorTable): MappedPart {
  const unsupported = (what: string): never => refuse('family-mismatch', 'dalle.pt', `${what} is not supported`)
  if (table.names.some((name) => name.endsWith('attn_fn.master_layout'))) unsupported("DeepSpeed's sparse attention")
  const stack = stackOf(table)
  const layers = layerCount(table, stack)
  const parameters = plainMap(table.metadata.get('hparams'))
  const width = table.size('text_emb.weight', 1)
  const isRotary = table.has('transformer.pos_emb')
  const captionLength = isRotary ? captionLengthOf(parameters) : table.size('text_pos_emb.weight', 0) - 1
  const textVocabulary = table.size('text_emb.weight', 0) - captionLength
  const imageVocabulary = table.size('image_emb.weight', 0)
  if (numberOf(parameters.get('num_text_tokens')) === table.size('text_emb.weight', 0))
    unsupported('a version of early 2021, whose pads have no ids of their own,')
  const side = isRotary ? gridSide(table.size('transformer.pos_emb', 1) - captionLength - 1) : undefined
  const rows = side ?? table.size('image_pos_emb.weights_0', 1)
  const columns = side ?? table.size('image_pos_emb.weights_1', 2)
  const headDim = numberOf(parameters.get('dim_head')) ?? 64
  const inner = table.size(attentionName(table, stack(0, 0), unsupported).concat('.to_qkv.weight'), 0) / 3

  const plan = new WeightPlan(table)
  // A mark with id 0 stands in front of the caption.
  const textLength = captionLength + 1
  const ids = textVocabulary + textLength + imageVocabulary
  plan.compute(
    'token_embedding.weight',
    [
      ['text_emb.weight', [textVocabulary + captionLength, width]],
      ['image_emb.weight', [imageVocabulary, width]],
    ],
    [ids, width],
    ([text = none, image = none]) => {
      const pads = rowsOf(text, textVocabulary, captionLength, width)
      return concatenated([rowsOf(text, 0, textVocabulary, width), rowsOf(pads, 0, 1, width), pads, image])
    },
    'text, pads moved by one position, image',
  )
  if (isRotary) mapRotary(plan, textLength + rows * columns)
  else mapPositions(plan, textLength, rows, columns, width)
  for (let layer = 0; layer < layers; layer++) mapLayer(plan, stack, layer, width, inner, unsupported)
  for (const part of ['weight', 'bias'] as const) plan.copy(`final_norm.${part}`, `to_logits.0.${part}`, [width])
  mapHead(plan, textVocabulary + captionLength, imageVocabulary, width)
  plan.ignore((name) => name.startsWith('vae.') || name === 'logits_mask')
  const types = listOf(parameters.get('attn_types'))
  const isOld = table.metadata.get('version') === undefined
  return {
    kind: 'transformer',
    family: 'dalle-pytorch',
    reason: `weights.text_emb, image_emb, to_logits and ${stack(0, 0)}${isRotary ? ', rotary' : ''}${isTokenShifted(table, stack(0, 1)) ? ', with token shift' : ''}`,
    plan,
    tokenizer: { kind: 'any', vocabulary: textVocabulary, isLowercase: true },
    sampling: { temperature: 1, topK: Math.max(1, Math.round(imageVocabulary / 10)), guidanceScale: 1 },
    description: {
      ...commonTransformer,
      width,
      layers,
      heads: inner / headDim,
      headDim,
      mlpWidth: table.size(`${feedForwardName(table, stack(0, 1), unsupported)}.net.3.weight`, 1),
      activation: 'geglu',
      ...(isReversible(table) ? { isReversible: true } : {}),
      ...(isTokenShifted(table, stack(0, 1)) ? { isTokenShifted: true } : {}),
      ...(parameters.get('stable') === true ? { isDividedByMax: true } : {}),
      bos: 0,
      textLength,
      textVocabulary,
      rows,
      columns,
      imageVocabulary,
      attention: Array.from({ length: layers }, (_, layer) => layoutOf(types[layer % types.length] ?? 'full', isOld)),
    },
  }
}

const none = new Float32Array(0)

function layoutOf(type: string, isOld: boolean): AttentionKind {
  switch (type) {
    case 'full':
      return 'dense'
    case 'axial_row':
      return 'axial-row'
    case 'axial_col':
      return 'column'
    case 'conv_like':
      // Centred on the cell in 2021, later up and to the left of it.
      return isOld ? 'window' : 'quadrant'
    default:
      return refuse(
        'family-mismatch',
        'dalle.pt',
        `attention of type ${type} is not supported; full, axial_row, axial_col and conv_like are`,
      )
  }
}

/** Name of what a layer's attention (0) or feed-forward (1) is wrapped in. */
type Stack = (layer: number, branch: 0 | 1) => string

function isReversible(table: TensorTable): boolean {
  return table.names.some((name) => name.startsWith('transformer.layers.blocks.'))
}

function stackOf(table: TensorTable): Stack {
  if (isReversible(table))
    return (layer, branch) => `transformer.layers.blocks.${layer}.${branch === 0 ? 'f' : 'g'}.net`
  return (layer, branch) => `transformer.layers.layers.${layer}.${branch}`
}

function layerCount(table: TensorTable, stack: Stack): number {
  let layers = 0
  while (table.names.some((name) => name.startsWith(`${stack(layers, 0)}.`))) layers++
  return layers
}

/** Without a table of text positions only the hyper-parameters tell words from pads. */
function captionLengthOf(parameters: ReadonlyMap<string, PlainValue>): number {
  return (
    numberOf(parameters.get('text_seq_len')) ??
    refuse('family-mismatch', 'dalle.pt', 'its hparams do not say text_seq_len, which a rotary model needs')
  )
}

function mapPositions(plan: WeightPlan, textLength: number, rows: number, columns: number, width: number): void {
  plan.copy('text_position_embedding.weight', 'text_pos_emb.weight', [textLength, width])
  flattened(plan, 'image_row_embedding.weight', 'image_pos_emb.weights_0', [1, rows, 1, width], [rows, width])
  flattened(plan, 'image_column_embedding.weight', 'image_pos_emb.weights_1', [1, 1, columns, width], [columns, width])
}

/** The angles are a buffer of the checkpoint: nothing of how they were made has to be known. */
function mapRotary(plan: WeightPlan, positions: number): void {
  const angles = plan.table.size('transformer.pos_emb', 2)
  flattened(plan, 'rotary.angles', 'transformer.pos_emb', [1, positions, angles], [positions, angles])
  // Each attention of some versions keeps the same buffer once more.
  plan.ignore((name) => name.endsWith('.pos_emb') && name !== 'transformer.pos_emb')
}

/** The module behind LayerScale (absent before May 2021): `norm`, perhaps `norm_out`, and the wrapped function. */
function normName(table: TensorTable, branch: string): string {
  return table.has(`${branch}.scale`) ? `${branch}.fn` : branch
}

function attentionName(table: TensorTable, branch: string, unsupported: (what: string) => never): string {
  const base = normName(table, branch)
  for (const depth of ['.fn', '.fn.fn', '.fn.fn.fn', '.fn.fn.fn.fn'])
    if (table.has(`${base}${depth}.to_qkv.weight`)) return base + depth
  return unsupported(`the attention below ${branch}`)
}

/** One wrapper around the feed-forward is the norm; any more is a token shift, in its 2021 and its current form. */
function feedForwardName(table: TensorTable, branch: string, unsupported: (what: string) => never): string {
  const base = normName(table, branch)
  for (const depth of ['.fn', '.fn.fn', '.fn.fn.fn']) if (table.has(`${base}${depth}.net.0.weight`)) return base + depth
  return unsupported(`the feed-forward below ${branch}`)
}

function isTokenShifted(table: TensorTable, branch: string): boolean {
  return !table.has(`${normName(table, branch)}.fn.net.0.weight`)
}

function mapLayer(
  plan: WeightPlan,
  stack: Stack,
  layer: number,
  width: number,
  inner: number,
  unsupported: (what: string) => never,
): void {
  const { table } = plan
  const target = `layers.${layer}`
  const attention = stack(layer, 0)
  const feedForward = stack(layer, 1)
  const attend = attentionName(table, attention, unsupported)
  const forward = feedForwardName(table, feedForward, unsupported)
  const hidden = table.size(`${forward}.net.3.weight`, 1)
  mapNorms(plan, `${target}.attention`, attention, width)
  plan.copy(`${target}.attention.qkv.weight`, `${attend}.to_qkv.weight`, [3 * inner, width])
  mapScaled(plan, `${target}.attention.out`, `${attend}.to_out.0`, attention, [width, inner])
  mapNorms(plan, `${target}.mlp`, feedForward, width)
  // GEGLU: the first half is multiplied by the gelu of the second.
  for (const [part, first] of [
    ['up', 0],
    ['gate', hidden],
  ] as const) {
    const rows = (values: Float32Array, size: number): Float32Array => rowsOf(values, first, hidden, size)
    plan.compute(
      `${target}.mlp.${part}.weight`,
      [[`${forward}.net.0.weight`, [2 * hidden, width]]],
      [hidden, width],
      ([all = none]) => rows(all, width),
      'one half',
    )
    plan.compute(
      `${target}.mlp.${part}.bias`,
      [[`${forward}.net.0.bias`, [2 * hidden]]],
      [hidden],
      ([all = none]) => rows(all, 1),
      'one half',
    )
  }
  mapScaled(plan, `${target}.mlp.down`, `${forward}.net.3`, feedForward, [width, hidden])
}

function mapNorms(plan: WeightPlan, target: string, branch: string, width: number): void {
  const base = normName(plan.table, branch)
  for (const part of ['weight', 'bias'] as const) {
    plan.copy(`${target}_norm.${part}`, `${base}.norm.${part}`, [width])
    if (plan.table.has(`${base}.norm_out.weight`))
      scaledBy(plan, `${target}_out_norm.${part}`, `${base}.norm_out.${part}`, branch, [width])
  }
}

/** LayerScale multiplies what a branch adds: folded into the last linear layer, or into the sandwich norm behind it. */
function mapScaled(
  plan: WeightPlan,
  target: string,
  source: string,
  branch: string,
  shape: readonly [number, number],
): void {
  const isSandwiched = plan.table.has(`${normName(plan.table, branch)}.norm_out.weight`)
  for (const [part, dims] of [
    ['weight', shape],
    ['bias', [shape[0]]],
  ] as const) {
    if (isSandwiched) plan.copy(`${target}.${part}`, `${source}.${part}`, dims)
    else scaledBy(plan, `${target}.${part}`, `${source}.${part}`, branch, dims)
  }
}

function scaledBy(plan: WeightPlan, target: string, source: string, branch: string, dims: readonly number[]): void {
  if (!plan.table.has(`${branch}.scale`)) return plan.copy(target, source, dims)
  const [rows = 0, columns = 1] = dims
  plan.compute(
    target,
    [
      [source, dims],
      [`${branch}.scale`, [1, 1, rows]],
    ],
    dims,
    ([values = none, scale = none]) => values.map((value, index) => value * (scale[Math.floor(index / columns)] ?? 0)),
    'times its layer scale',
  )
}

function flattened(
  plan: WeightPlan,
  target: string,
  source: string,
  from: readonly number[],
  to: readonly number[],
): void {
  plan.compute(target, [[source, from]], to, ([values = none]) => values)
}

function mapHead(plan: WeightPlan, textRows: number, imageVocabulary: number, width: number): void {
  for (const [part, trailing] of [
    ['weight', [width]],
    ['bias', []],
  ] as const) {
    const size = trailing[0] ?? 1
    plan.compute(
      `head.${part}`,
      [[`to_logits.1.${part}`, [textRows + imageVocabulary, ...trailing]]],
      [textRows + 1 + imageVocabulary, ...trailing],
      ([all = none]) => concatenated([repeated(new Float32Array(size), 1), all]),
    )
  }
}

function plainMap(value: PlainValue | undefined): ReadonlyMap<string, PlainValue> {
  return value instanceof Map ? value : new Map<string, PlainValue>()
}

function numberOf(value: PlainValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function listOf(value: PlainValue | undefined): string[] {
  const list = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  return list.length === 0 ? ['full'] : list
}
