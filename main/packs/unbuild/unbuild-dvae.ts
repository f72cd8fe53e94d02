import { StudioError } from '#app/contract/errors.ts'

import { float32Of, reshaped, tensor, type Tensor } from '../onnx/tensor.ts'
import { transposed } from '../onnx/transpose.ts'
import type { DvaeDescription } from '../weights/model-description.ts'

import type { Initializers } from './initializers.ts'

/** What the graphs compute from the description and training does not keep. */
const computed = /^(?:palette\.(?:shares|levels)|number_.*|.*\.scales)$/

/**
 * The tensors of dvae.safetensors (docs/weights-format.md) that a decoder and an encoder were written from.
 * @throws StudioError packInvalid for a decoder that enlarges in its last convolution: several weights give the same graph
 */
export function unbuildDvae(
  { decoder: { upsample }, gain }: DvaeDescription,
  decoder: Initializers,
  encoder: Initializers,
): Map<string, Tensor> {
  if (upsample.at(-1) !== 1) {
    throw new StudioError('packInvalid', `dvae.decoder.upsample ends in ${upsample.at(-1)}; only 1 can be read back.`)
  }
  const result = new Map<string, Tensor>()
  for (const graph of [decoder, encoder]) {
    const names = graph.names().filter((name) => !computed.test(name))
    for (const name of names) result.set(name.replace('.phases.', '.'), asTrained(name, graph.take(name)))
    for (const name of names.filter((other) => isLastOfBranch(other, names))) {
      result.set(
        name,
        mapped(graph.take(name), (value) => value / gain),
      )
    }
  }
  return result
}

function asTrained(name: string, source: Tensor): Tensor {
  if (name === 'encoder.output.weight') {
    const [inputs = 0, codes = 0] = source.dims
    return reshaped(transposed(source), [codes, inputs, 1, 1])
  }
  if (/^palette\.(?:summary|value)\.weight$/.test(name)) return transposed(source)
  return name === 'palette.pixel.0.weight' ? summedKernel(source) : source
}

/** The branch's constant gain is multiplied into its last convolution. */
function isLastOfBranch(name: string, names: readonly string[]): boolean {
  const [, branch, index, part] = /^(.*\.res_path\.)(\d+)\.(weight|bias)$/.exec(name) ?? []
  return branch !== undefined && !names.includes(`${branch}${Number(index) + 1}.${part}`)
}

/** `[out, in, h, w]` to `[out, in, 1, 1]`: averaging the pixels first is folded into this kernel. */
function summedKernel(source: Tensor): Tensor {
  const [outputs = 0, inputs = 0, height = 0, width = 0] = source.dims
  const values = float32Of(source)
  const taps = height * width
  const sums = Float32Array.from({ length: outputs * inputs }, (_, index) =>
    values.subarray(index * taps, (index + 1) * taps).reduce((sum, value) => sum + value, 0),
  )
  return tensor('float32', [outputs, inputs, 1, 1], sums)
}

function mapped(source: Tensor, change: (value: number) => number): Tensor {
  return tensor('float32', source.dims, float32Of(source).map(change))
}
