import { GraphBuilder, omitted, type Value } from '../onnx/graph-builder.ts'
import { elementCount, float32Of, lazyTensor, type Tensor } from '../onnx/tensor.ts'
import { transposed } from '../onnx/transpose.ts'
import type { ClipDescription } from '../weights/model-description.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { WeightWriter, type WeightStorage } from './weight-writer.ts'

/** Of all published CLIP models; the configuration has no place for another. */
const layerNormEpsilon = 1e-5

/** What the layers of one tower of CLIP share. */
export interface ClipContext {
  readonly graph: GraphBuilder
  readonly weights: WeightSet
  readonly writer: WeightWriter
  readonly activation: ClipDescription['activation']
  readonly width: number
  readonly heads: number
  /** Each position sees itself and what is before it: the text tower. */
  readonly isCausal: boolean
}

export function clipContext(
  name: string,
  weights: WeightSet,
  storage: WeightStorage,
): Omit<ClipContext, 'activation' | 'width' | 'heads' | 'isCausal'> {
  const graph = new GraphBuilder(name)
  return { graph, weights, writer: new WeightWriter(graph, storage) }
}

/** Pre-norm transformer layers `prefix0` … of Hugging Face's `CLIPEncoder`; `x` is `[B, positions, width]`. */
export function clipLayers(context: ClipContext, prefix: string, layers: number, x: Value): Value {
  const { graph } = context
  let result = x
  for (let layer = 0; layer < layers; layer += 1) {
    const name = `${prefix}${layer}`
    const attended = selfAttention(context, `${name}.self_attn`, layerNorm(context, `${name}.layer_norm1`, result))
    result = graph.node('Add', [result, attended])
    const widened = mlp(context, `${name}.mlp`, layerNorm(context, `${name}.layer_norm2`, result))
    result = graph.node('Add', [result, widened])
  }
  return result
}

export function layerNorm({ graph, weights, writer, width }: ClipContext, name: string, x: Value): Value {
  const scale = writer.weight(`${name}.weight`, weights.take(`${name}.weight`, [width]))
  const bias = writer.weight(`${name}.bias`, weights.take(`${name}.bias`, [width]))
  const attributes = { axis: -1, epsilon: { float: layerNormEpsilon } }
  return graph.node('LayerNormalization', [x, scale, bias], { attributes })
}

/** `[B, width]` into the shared space `[B, projection]`, at unit length: a dot product is then the cosine similarity. */
export function project(
  { graph, weights, writer, width }: ClipContext,
  name: string,
  projection: number,
  x: Value,
): Value {
  const projected = writer.linear(name, x, weights.take(`${name}.weight`, [projection, width]))
  return graph.node('LpNormalization', [projected], { attributes: { axis: -1, p: 2 } })
}

/** The three input projections become one matrix, so that ONNX Runtime runs its fused attention. */
function selfAttention({ graph, weights, writer, width, heads, isCausal }: ClipContext, name: string, x: Value): Value {
  const parts = ['q_proj', 'k_proj', 'v_proj'].map((part) => ({
    weight: weights.take(`${name}.${part}.weight`, [width, width]),
    bias: weights.take(`${name}.${part}.bias`, [width]),
  }))
  const weight = transposed(
    joined(
      [3 * width, width],
      parts.map((part) => part.weight),
    ),
  )
  const bias = joined(
    [3 * width],
    parts.map((part) => part.bias),
  )
  const attended = graph.node(
    'Attention',
    [x, writer.weight(`${name}.in.weight`, weight), writer.weight(`${name}.in.bias`, bias), omitted],
    { domain: 'com.microsoft', attributes: { num_heads: heads, unidirectional: isCausal ? 1 : 0 } },
  )
  const [outWeight, outBias] = [
    weights.take(`${name}.out_proj.weight`, [width, width]),
    weights.take(`${name}.out_proj.bias`, [width]),
  ]
  return writer.linear(`${name}.out_proj`, attended, outWeight, outBias)
}

function mlp({ graph, weights, writer, activation, width }: ClipContext, name: string, x: Value): Value {
  const up = weights.take(`${name}.fc1.weight`, [null, width])
  const hidden = up.dims[0] ?? 0
  const widened = writer.linear(`${name}.fc1`, x, up, weights.take(`${name}.fc1.bias`, [hidden]))
  const active =
    activation === 'gelu'
      ? graph.node('Gelu', [widened])
      : graph.node('QuickGelu', [widened], { domain: 'com.microsoft', attributes: { alpha: { float: 1.702 } } })
  const down = weights.take(`${name}.fc2.weight`, [width, hidden])
  return writer.linear(`${name}.fc2`, active, down, weights.take(`${name}.fc2.bias`, [width]))
}

/** The parts one after another in memory, as one tensor of shape `dims`. */
function joined(dims: readonly number[], parts: readonly Tensor[]): Tensor {
  return lazyTensor('float32', dims, () => {
    const values = new Float32Array(elementCount(dims))
    let offset = 0
    for (const part of parts) {
      values.set(float32Of(part), offset)
      offset += elementCount(part.dims)
    }
    return values
  })
}
