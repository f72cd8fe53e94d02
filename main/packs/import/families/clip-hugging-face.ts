import { refuse } from '../readers/refusal.ts'

import type { ClipConfig } from './clip-config.ts'
import { clipPart } from './clip-part.ts'
import type { MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { WeightPlan } from './weight-plan.ts'

const huggingFaceNames = {
  patches: 'vision_model.embeddings.patch_embedding.weight',
  places: 'vision_model.embeddings.position_embedding.weight',
  words: 'text_model.embeddings.token_embedding.weight',
  textPlaces: 'text_model.embeddings.position_embedding.weight',
  textLayers: ['text_model.encoder.layers.', '.layer_norm1.weight'],
  visionLayers: ['vision_model.encoder.layers.', '.layer_norm1.weight'],
} as const

/** Said by the reader of ONNX exports alone, which sees it in the graph. */
function activationOfExport(table: TensorTable): string | undefined {
  const activation = table.metadata.get('activation')
  return typeof activation === 'string' ? activation : undefined
}

/** ONNX exports of one tower come together with that of the other. */
export function joinedTowers(tables: readonly TensorTable[]): TensorTable[] {
  const isTower = (name: 'words' | 'patches') => (table: TensorTable) =>
    activationOfExport(table) !== undefined &&
    table.has(huggingFaceNames[name]) &&
    !table.has(huggingFaceNames[name === 'words' ? 'patches' : 'words'])
  const [text, vision] = [tables.find(isTower('words')), tables.find(isTower('patches'))]
  if (text === undefined || vision === undefined) return [...tables]
  return [...tables.filter((table) => table !== text && table !== vision), text.joined(vision)]
}

/** A CLIP under Hugging Face's names; none for other tables. @throws Refusal `family-mismatch` for an export of one tower alone */
export function mapHuggingFace(table: TensorTable, config: ClipConfig | undefined): MappedPart[] {
  const [hasWords, hasPatches] = [table.has(huggingFaceNames.words), table.has(huggingFaceNames.patches)]
  if (hasWords && hasPatches) return [mapTowers(table, config)]
  if (activationOfExport(table) !== undefined)
    refuse('family-mismatch', 'CLIP', `give also its ${hasWords ? 'vision_model.onnx' : 'text_model.onnx'}`)
  return []
}

function mapTowers(table: TensorTable, config: ClipConfig | undefined): MappedPart {
  const plan = new WeightPlan(table)
  const names = huggingFaceNames
  const [textWidth, visionWidth] = [table.size(names.words, 1), table.size(names.patches, 0)]
  const projection = table.size('text_projection.weight', 0)
  const same = (name: string): void => plan.copy(name, name, table.shape(name) ?? [])
  for (const name of [names.words, names.textPlaces, names.places, names.patches]) same(name)
  plan.copy('vision_model.embeddings.class_embedding', 'vision_model.embeddings.class_embedding', [visionWidth])
  for (const kind of ['weight', 'bias'] as const) {
    plan.copy(`text_model.final_layer_norm.${kind}`, `text_model.final_layer_norm.${kind}`, [textWidth])
    for (const norm of ['vision_model.pre_layrnorm', 'vision_model.post_layernorm'])
      plan.copy(`${norm}.${kind}`, `${norm}.${kind}`, [visionWidth])
  }
  plan.copy('text_projection.weight', 'text_projection.weight', [projection, textWidth])
  plan.copy('visual_projection.weight', 'visual_projection.weight', [projection, visionWidth])
  for (const [[prefix, suffix], width] of [
    [names.textLayers, textWidth],
    [names.visionLayers, visionWidth],
  ] as const)
    for (let layer = 0; layer < table.count(prefix, suffix); layer++)
      copyHuggingFaceBlock(plan, `${prefix}${layer}`, width)
  // The exports of single towers leave it out: every published CLIP ended at its bound.
  if (table.has('logit_scale')) same('logit_scale')
  else plan.constant('logit_scale', [], Math.log(100), 'not in the files: 100, as all published CLIPs have it')
  plan.ignore((name) => name.endsWith('.position_ids'))
  const known = config?.kind === 'huggingface' ? config : undefined
  const exported = activationOfExport(table)
  if (exported === undefined) {
    const reason = 'vision_model, text_model and their projections'
    return clipPart(plan, 'huggingface-clip', reason, names, ['text_projection.weight', 0], known)
  }
  if (known?.activation !== undefined && known.activation !== exported)
    refuse('family-mismatch', 'CLIP', `its config.json says ${known.activation}, its graph computes ${exported}`)
  const reason = 'vision_model and text_model in an ONNX export; its graph is read, not run'
  const withActivation = { kind: 'huggingface', ...known, activation: exported } as const
  return clipPart(plan, 'onnx-clip', reason, names, ['text_projection.weight', 0], withActivation)
}

function copyHuggingFaceBlock(plan: WeightPlan, name: string, width: number): void {
  const hidden = plan.table.size(`${name}.mlp.fc1.weight`, 0)
  for (const [linear, rows, columns] of [
    ['self_attn.q_proj', width, width],
    ['self_attn.k_proj', width, width],
    ['self_attn.v_proj', width, width],
    ['self_attn.out_proj', width, width],
    ['mlp.fc1', hidden, width],
    ['mlp.fc2', width, hidden],
  ] as const) {
    plan.copy(`${name}.${linear}.weight`, `${name}.${linear}.weight`, [rows, columns])
    plan.copy(`${name}.${linear}.bias`, `${name}.${linear}.bias`, [rows])
  }
  for (const norm of ['layer_norm1', 'layer_norm2'])
    for (const kind of ['weight', 'bias'] as const)
      plan.copy(`${name}.${norm}.${kind}`, `${name}.${norm}.${kind}`, [width])
}
