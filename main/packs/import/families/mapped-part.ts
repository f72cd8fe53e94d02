import type { DvaeDescription, ClipDescription, TransformerDescription } from '../../weights/model-description.ts'

import type { TensorTable } from './tensor-table.ts'
import type { WeightPlan } from './weight-plan.ts'

/** The families of published checkpoints that are known. */
export const families = {
  'openai-dvae': 'OpenAI dVAE',
  'openai-clip': 'OpenAI CLIP',
  'huggingface-clip': 'CLIP (Hugging Face)',
  'onnx-clip': 'CLIP (ONNX export)',
  ruclip: 'ruCLIP',
  'taming-vqgan': 'VQGAN',
  'taming-gumbel-vqgan': 'VQGAN with a Gumbel quantiser',
  'min-dalle-detokenizer': 'min-dalle VQGAN detokenizer',
  'dalle-mini-vqgan': 'DALL·E Mini VQGAN (Flax)',
  'min-dall-e': 'minDALL-E',
  'rudalle-v2': 'ruDALL-E (v2: Malevich, Emojich)',
  'rudalle-v3': 'ruDALL-E (v3: Malevich, Surrealist)',
  'dalle-mini': 'DALL·E Mini / Mega',
  'dalle-pytorch': 'DALLE-pytorch',
  'discrete-vae': 'DiscreteVAE of DALLE-pytorch',
} as const
export type FamilyId = keyof typeof families

interface Part {
  readonly family: FamilyId
  /** What gave it away. */
  readonly reason: string
  readonly plan: WeightPlan
}

export interface TransformerPart extends Part {
  readonly kind: 'transformer'
  readonly description: TransformerDescription
  readonly tokenizer: TokenizerNeed
  readonly sampling: { readonly temperature: number; readonly topK: number; readonly guidanceScale: number }
}

/** Which file makes the pack's tokenizer.json, and how many ids the model knows. */
export interface TokenizerNeed {
  readonly kind: 'char-bpe' | 'byte-bpe' | 'youtokentome' | 'clip-bpe' | 'any'
  readonly vocabulary: number
  readonly isLowercase: boolean
  readonly normalizer?: 'dalle-mini'
}

export interface VaePart extends Part {
  readonly kind: 'vae'
  readonly description: DvaeDescription
  readonly codes: number
  readonly rows: number
  readonly columns: number
  /** A table that a transformer's file brings along belongs to it. */
  readonly isBundled: boolean
}

export interface ClipPart extends Part {
  readonly kind: 'clip'
  readonly description: ClipDescription
  readonly tokenizer: 'clip-bpe' | 'youtokentome'
}

export type MappedPart = TransformerPart | VaePart | ClipPart

/** Looks at one table and says what part of which family it is, or that it is none of its business. */
export type Recogniser = (table: TensorTable) => readonly MappedPart[]
