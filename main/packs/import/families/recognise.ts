import type { Checkpoint } from '../readers/open-checkpoint.ts'
import { refuse } from '../readers/refusal.ts'
import { readTokenizerFile } from '../readers/tokenizer-files.ts'

import type { MappedPart } from './mapped-part.ts'
import { findClipConfig } from './clip-config.ts'
import { mapClip } from './clip.ts'
import { mapDalleMini } from './dalle-mini.ts'
import { mapDallePytorch } from './dalle-pytorch.ts'
import { mapMinDallE } from './min-dall-e.ts'
import { mapOpenaiDvae } from './openai-dvae.ts'
import { mapRudalle } from './rudalle.ts'
import { TensorTable } from './tensor-table.ts'
import { mapVqgan } from './vqgan.ts'

export interface RecogniseOptions {
  /** Of ruDALL-E, when the checkpoint is recognised wrongly. */
  readonly variant?: 'v2' | 'v3'
  /** Of DALL·E Mini: 16383 gives what later versions of min-dalle draw. */
  readonly startToken?: number
  /** Of DALL·E Mini: the prompt is read as min-dalle reads it, without dalle-mini's text normaliser. */
  readonly isTextShort?: boolean
}

/**
 * The parts of models among the files, by tensor names and shapes only.
 * @throws Refusal `family-unknown` when there are none
 */
export function recogniseParts(checkpoint: Checkpoint, options: RecogniseOptions = {}): MappedPart[] {
  const tables = checkpoint.sources.map((source) => unwrapped(TensorTable.of(source)))
  for (const table of tables)
    if (table.has('word_embeddings.weight') && table.has('transformer.layers.0.third_layernorm.weight'))
      refuse(
        'family-mismatch',
        'checkpoint',
        'CogView is not supported: its words, codes and commands share one vocabulary',
      )
  const parts = [
    ...mapOpenaiDvae(tables),
    ...mapVqgan(tables),
    ...mapClip(tables, findClipConfig(checkpoint.sideFiles)),
    ...mapMinDallE(tables, padIdOf(checkpoint)),
    ...mapRudalle(tables, options.variant),
    ...mapDalleMini(tables, options),
    ...mapDallePytorch(tables),
  ]
  if (parts.length === 0) {
    const [onnxFile] = checkpoint.onnxFiles
    if (onnxFile !== undefined && tables.length === 0)
      refuse('family-unknown', onnxFile, 'an ONNX model without the weights of a CLIP; only exports of CLIP are known')
    const names = tables.flatMap((table) => table.names).slice(0, 5)
    refuse('family-unknown', 'checkpoint', `no family has these tensors: ${names.join(', ') || 'none'} …`)
  }
  return parts
}

/** Lightning and trainers put the state dict under a key; wrappers put a module name in front of everything. */
function unwrapped(table: TensorTable): TensorTable {
  for (const prefix of ['state_dict.', 'model_state_dict.']) {
    const inner = table.under(prefix)
    if (inner.names.length > 0) return unwrapped(inner)
  }
  for (const prefix of ['module.', 'model.']) {
    const inner = table.under(prefix)
    if (inner.names.length > 0 && inner.names.length === table.names.length) return unwrapped(inner)
  }
  return table
}

/** minDALL-E's pad is a token of its vocabulary; 0 when the vocabulary is not among the files. */
function padIdOf(checkpoint: Checkpoint): number {
  for (const file of checkpoint.sideFiles) {
    const read = readTokenizerFile(file)
    const pad = read.kind === 'vocabulary' ? read.vocabulary.get('[PAD]') : undefined
    if (pad !== undefined) return pad
  }
  return 0
}
