import type { ClipDescription } from '../../weights/model-description.ts'
import { refuse } from '../readers/refusal.ts'

import type { ClipConfig } from './clip-config.ts'
import { rowsOf, transposedMatrix } from './description.ts'
import type { FamilyId, MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { WeightPlan } from './weight-plan.ts'

/** Of all published CLIP models with a vision transformer. */
const preprocessing = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
  resample: 'bicubic',
} as const
const headDim = 64

/** Marks of ruCLIP's YouTokenToMe model. */
const ruclipMarks = { bos: 2, eos: 3 } as const

/**
 * CLIP as OpenAI published it (a TorchScript archive), as ruCLIP (the same names in a state dict, beside its flat `config.json`), or under
 * Hugging Face's names. Shapes give every size; a configuration, where there is one, gives heads and activation.
 */
export function mapClip(tables: readonly TensorTable[], config?: ClipConfig): MappedPart[] {
  return tables.flatMap((table) => {
    if (table.has('visual.layer1.0.conv1.weight'))
      refuse('family-mismatch', 'CLIP', 'its image encoder is a ResNet; only vision transformers (ViT) are supported')
    if (table.has('visual.conv1.weight') && table.has('token_embedding.weight')) return [mapOpenai(table, config)]
    if (table.has('vision_model.embeddings.patch_embedding.weight') && table.has('text_projection.weight'))
      return [mapHuggingFace(table, config)]
    return []
  })
}

function mapHuggingFace(table: TensorTable, config: ClipConfig | undefined): MappedPart {
  const plan = new WeightPlan(table)
  for (const name of table.names) if (!name.endsWith('.position_ids')) plan.copy(name, name, table.shape(name) ?? [])
  plan.ignore((name) => name.endsWith('.position_ids'))
  const names = {
    patches: 'vision_model.embeddings.patch_embedding.weight',
    places: 'vision_model.embeddings.position_embedding.weight',
    words: 'text_model.embeddings.token_embedding.weight',
    textPlaces: 'text_model.embeddings.position_embedding.weight',
    textLayers: ['text_model.encoder.layers.', '.layer_norm1.weight'],
    visionLayers: ['vision_model.encoder.layers.', '.layer_norm1.weight'],
  } as const
  const reason = 'vision_model, text_model and their projections'
  const known = config?.kind === 'huggingface' ? config : undefined
  return part(plan, 'huggingface-clip', reason, names, ['text_projection.weight', 0], known)
}

function mapOpenai(table: TensorTable, config: ClipConfig | undefined): MappedPart {
  const plan = new WeightPlan(table)
  const names = {
    patches: 'visual.conv1.weight',
    places: 'visual.positional_embedding',
    words: 'token_embedding.weight',
    textPlaces: 'positional_embedding',
    textLayers: ['transformer.resblocks.', '.ln_1.weight'],
    visionLayers: ['visual.transformer.resblocks.', '.ln_1.weight'],
  } as const
  const copy = (target: string, source: string): void => plan.copy(target, source, table.shape(source) ?? [])
  const both = (target: string, source: string): void => {
    for (const kind of ['weight', 'bias'] as const) copy(`${target}.${kind}`, `${source}.${kind}`)
  }
  copy('text_model.embeddings.token_embedding.weight', names.words)
  copy('text_model.embeddings.position_embedding.weight', names.textPlaces)
  copy('vision_model.embeddings.patch_embedding.weight', names.patches)
  copy('vision_model.embeddings.position_embedding.weight', names.places)
  copy('vision_model.embeddings.class_embedding', 'visual.class_embedding')
  both('vision_model.pre_layrnorm', 'visual.ln_pre')
  both('vision_model.post_layernorm', 'visual.ln_post')
  both('text_model.final_layer_norm', 'ln_final')
  copy('logit_scale', 'logit_scale')
  turned(plan, 'text_projection.weight', 'text_projection')
  turned(plan, 'visual_projection.weight', 'visual.proj')
  for (const [target, source] of [
    ['text_model', names.textLayers],
    ['vision_model', names.visionLayers],
  ] as const)
    for (let layer = 0; layer < table.count(source[0], source[1]); layer++)
      mapBlock(plan, `${target}.encoder.layers.${layer}`, `${source[0]}${layer}`)
  // Left in the archive as tensors; the shapes say the same.
  plan.ignore((name) => ['input_resolution', 'context_length', 'vocab_size'].includes(name))
  const reason = 'visual.conv1 and resblocks with in_proj_weight'
  // OpenAI's archive keeps its sizes as tensors; ruCLIP's state dict has a configuration instead.
  const isRuclip = config?.kind === 'ruclip' && !table.has('input_resolution')
  if (!isRuclip) return part(plan, 'openai-clip', reason, names, ['text_projection', 1], undefined)
  return part(plan, 'ruclip', `${reason}, and a flat config.json`, names, ['text_projection', 1], config)
}

function mapBlock(plan: WeightPlan, target: string, source: string): void {
  const width = plan.table.size(`${source}.ln_1.weight`, 0)
  for (const [index, name] of (['q_proj', 'k_proj', 'v_proj'] as const).entries()) {
    const third = (values: Float32Array | undefined, size: number): Float32Array =>
      rowsOf(values ?? none, index * width, width, size)
    const weight = [[`${source}.attn.in_proj_weight`, [3 * width, width]]] as const
    const bias = [[`${source}.attn.in_proj_bias`, [3 * width]]] as const
    plan.compute(
      `${target}.self_attn.${name}.weight`,
      weight,
      [width, width],
      ([all]) => third(all, width),
      'one third',
    )
    plan.compute(`${target}.self_attn.${name}.bias`, bias, [width], ([all]) => third(all, 1), 'one third')
  }
  for (const [to, from] of [
    ['self_attn.out_proj', 'attn.out_proj'],
    ['layer_norm1', 'ln_1'],
    ['layer_norm2', 'ln_2'],
    ['mlp.fc1', 'mlp.c_fc'],
    ['mlp.fc2', 'mlp.c_proj'],
  ] as const)
    for (const kind of ['weight', 'bias'] as const) {
      const name = `${source}.${from}.${kind}`
      plan.copy(`${target}.${to}.${kind}`, name, plan.table.shape(name) ?? [])
    }
}

const none = new Float32Array(0)

/** OpenAI multiplies by the projection from the left. */
function turned(plan: WeightPlan, target: string, source: string): void {
  const [rows = 0, columns = 0] = plan.table.shape(source) ?? []
  plan.compute(
    target,
    [[source, [rows, columns]]],
    [columns, rows],
    ([values = none]) => transposedMatrix(values, rows, columns),
    'transposed',
  )
}

interface Names {
  readonly patches: string
  readonly places: string
  readonly words: string
  readonly textPlaces: string
  readonly textLayers: readonly [string, string]
  readonly visionLayers: readonly [string, string]
}

function part(
  plan: WeightPlan,
  family: FamilyId,
  reason: string,
  names: Names,
  [projection, axis]: readonly [string, number],
  config: ClipConfig | undefined,
): MappedPart {
  const { table } = plan
  const textWidth = table.size(names.words, 1)
  const visionWidth = table.size(names.patches, 0)
  const patchSize = table.size(names.patches, 2)
  const textVocabulary = table.size(names.words, 0)
  const description: ClipDescription = {
    ...preprocessing,
    mean: tripleOf(config?.mean ?? preprocessing.mean),
    std: tripleOf(config?.std ?? preprocessing.std),
    imageSize: Math.round(Math.sqrt(table.size(names.places, 0) - 1)) * patchSize,
    patchSize,
    textLength: table.size(names.textPlaces, 0),
    textVocabulary,
    ...(family === 'ruclip' ? ruclipMarks : { bos: textVocabulary - 2, eos: textVocabulary - 1 }),
    pad: 0,
    textWidth,
    textLayers: table.count(...names.textLayers),
    textHeads: config?.textHeads ?? textWidth / headDim,
    visionWidth,
    visionLayers: table.count(...names.visionLayers),
    visionHeads: config?.visionHeads ?? visionWidth / headDim,
    projection: table.size(projection, axis),
    activation: activationOf(config),
  }
  const tokenizer = family === 'ruclip' ? 'youtokentome' : 'clip-bpe'
  return { kind: 'clip', family, reason, plan, description, tokenizer }
}

/** OpenAI's is `quick_gelu`; models trained by others say so when theirs is another. */
function activationOf(config: ClipConfig | undefined): ClipDescription['activation'] {
  const name = config?.activation ?? 'quick_gelu'
  if (name === 'quick_gelu' || name === 'gelu') return name
  return refuse('family-mismatch', 'CLIP', `its activation is ${name}; quick_gelu and gelu are supported`)
}

function tripleOf([red = 0, green = 0, blue = 0]: readonly number[]): [number, number, number] {
  return [red, green, blue]
}
