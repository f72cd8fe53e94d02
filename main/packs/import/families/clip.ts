import { refuse } from '../readers/refusal.ts'

import type { ClipConfig } from './clip-config.ts'
import { joinedTowers, mapHuggingFace } from './clip-hugging-face.ts'
import { clipPart } from './clip-part.ts'
import { rowsOf, transposedMatrix } from './description.ts'
import type { MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { WeightPlan } from './weight-plan.ts'

/**
 * CLIP as OpenAI published it (a TorchScript archive), as ruCLIP (the same names in a state dict, beside its flat `config.json`), or under
 * Hugging Face's names, as safetensors or as ONNX exports of both towers or of each. Shapes give every size; a configuration, where there is
 * one, gives heads and activation.
 */
export function mapClip(tables: readonly TensorTable[], config?: ClipConfig): MappedPart[] {
  return joinedTowers(tables).flatMap((table) => {
    if (table.has('visual.layer1.0.conv1.weight'))
      refuse('family-mismatch', 'CLIP', 'its image encoder is a ResNet; only vision transformers (ViT) are supported')
    if (table.has('visual.conv1.weight') && table.has('token_embedding.weight')) return [mapOpenai(table, config)]
    return mapHuggingFace(table, config)
  })
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
  if (!isRuclip) return clipPart(plan, 'openai-clip', reason, names, ['text_projection', 1], undefined)
  return clipPart(plan, 'ruclip', `${reason}, and a flat config.json`, names, ['text_projection', 1], config)
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
