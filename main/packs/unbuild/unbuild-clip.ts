import { float32Of, tensor, type Tensor } from '../onnx/tensor.ts'
import { transposed } from '../onnx/transpose.ts'

import type { Initializers } from './initializers.ts'

/**
 * The tensors of clip.safetensors (docs/weights-format.md) that both towers were written from. The class embedding comes back as zero: the first position
 * embedding holds the sum of the two.
 * @param logitScale of pack.json: what cosine similarities are multiplied by
 */
export function unbuildClip(logitScale: number, text: Initializers, image: Initializers): Map<string, Tensor> {
  const result = new Map<string, Tensor>([
    ['logit_scale', tensor('float32', [], Float32Array.of(Math.log(logitScale)))],
  ])
  for (const graph of [text, image]) {
    for (const name of graph.names()) {
      const source = graph.take(name)
      const [, attention, part] = /^(.*\.self_attn)\.in\.(weight|bias)$/.exec(name) ?? []
      if (attention !== undefined && part !== undefined) {
        const thirds = splitInThree(part === 'weight' ? transposed(source) : source)
        for (const [index, projection] of ['q_proj', 'k_proj', 'v_proj'].entries()) {
          const third = thirds[index]
          if (third !== undefined) result.set(`${attention}.${projection}.${part}`, third)
        }
      } else if (/(?:out_proj|fc1|fc2|text_projection|visual_projection)\.weight$/.test(name)) {
        result.set(name, transposed(source))
      } else if (/(?:norm\d?|layrnorm|out_proj|fc\d|embedding)\.(?:weight|bias)$/.test(name)) {
        result.set(name, source)
      }
    }
  }
  const [width = 0] = image.take('vision_model.pre_layrnorm.weight').dims
  return result.set('vision_model.embeddings.class_embedding', tensor('float32', [width], new Float32Array(width)))
}

/** The first dimension in three equal parts. */
function splitInThree(source: Tensor): Tensor[] {
  const [first = 0, ...others] = source.dims
  const values = float32Of(source)
  const size = values.length / 3
  return [0, 1, 2].map((part) =>
    tensor('float32', [first / 3, ...others], values.slice(part * size, (part + 1) * size)),
  )
}
