import { tensor, type Tensor } from '../onnx/tensor.ts'
import type { TransformerDescription } from '../weights/model-description.ts'

export interface RandomTransformerOptions {
  readonly seed: number
  /** Biases of linear layers. */
  readonly isBiased?: boolean
  readonly isNormBiased?: boolean
  readonly isSandwiched?: boolean
  /** Standard deviation of the logits, roughly: larger = surer. */
  readonly sharpness?: number
}

/**
 * Random weights of any shape the format allows, for tests and benchmarks: `transformer.safetensors` in memory
 * (docs/weights-format.md). The same seed gives the same weights on every machine.
 */
export function randomTransformer(
  description: TransformerDescription,
  { seed, isBiased = false, isNormBiased = isBiased, isSandwiched = false, sharpness = 3 }: RandomTransformerOptions,
): Map<string, Tensor> {
  const { width, heads, headDim, mlpWidth, layers, textLength, textVocabulary, imageVocabulary } = description
  const tensors = new Map<string, Tensor>()
  const random = uniformSource(seed)
  const add = (name: string, dims: readonly number[], spread: number, centre = 0): void => {
    const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1))
    // A uniform distribution of standard deviation `spread`.
    for (let i = 0; i < values.length; i++) values[i] = centre + (random() - 0.5) * spread * Math.sqrt(12)
    tensors.set(name, tensor('float32', dims, values))
  }
  const addNorm = (name: string): void => {
    add(`${name}.weight`, [width], 0.1, 1)
    if (description.norm === 'layernorm' && isNormBiased) add(`${name}.bias`, [width], 0.1)
  }
  const addLinear = (name: string, rows: number, columns: number): void => {
    add(`${name}.weight`, [rows, columns], columns ** -0.5)
    if (isBiased) add(`${name}.bias`, [rows], 0.1)
  }
  const ids = textVocabulary + textLength + imageVocabulary
  add('token_embedding.weight', [ids, width], 1)
  add('text_position_embedding.weight', [textLength, width], 0.5)
  add('image_row_embedding.weight', [description.rows, width], 0.5)
  add('image_column_embedding.weight', [description.columns, width], 0.5)
  for (let layer = 0; layer < layers; layer++) {
    const name = `layers.${layer}`
    addNorm(`${name}.attention_norm`)
    addLinear(`${name}.attention.qkv`, 3 * heads * headDim, width)
    if (description.qkNorm) {
      add(`${name}.attention.query_norm.weight`, [headDim], 0.2, 1.5)
      add(`${name}.attention.key_norm.weight`, [headDim], 0.2, 1)
    }
    addLinear(`${name}.attention.out`, width, heads * headDim)
    addNorm(`${name}.mlp_norm`)
    addLinear(`${name}.mlp.up`, mlpWidth, width)
    if (description.activation === 'geglu') addLinear(`${name}.mlp.gate`, mlpWidth, width)
    addLinear(`${name}.mlp.down`, width, mlpWidth)
    if (isSandwiched) {
      addNorm(`${name}.attention_out_norm`)
      addNorm(`${name}.mlp_out_norm`)
    }
  }
  addNorm('final_norm')
  add('head.weight', [ids, width], sharpness * width ** -0.5)
  if (isBiased) add('head.bias', [ids], 0.1)
  return tensors
}

/** xorshift32, as numbers in [0, 1). */
function uniformSource(seed: number): () => number {
  let state = (seed + 1) * 2654435761
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
