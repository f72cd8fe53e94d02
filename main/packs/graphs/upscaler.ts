import { StudioError } from '#app/contract/errors.ts'

import { GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import type { WeightSet } from '../weights/weight-set.ts'

import { convolution, type FeatureMap, type GraphContext } from './convolution.ts'
import { enlargedConvolution } from './enlarged-convolution.ts'
import { inputPlanes, outputPixels, unitRange, type CodecOptions, type PixelRange } from './pixels.ts'
import { WeightWriter } from './weight-writer.ts'

export interface UpscalerGraph {
  readonly graph: GraphBuilder
  readonly scale: number
  /** Pixels of the small picture around a pixel that its place in the large one depends on. */
  readonly reach: number
  /** An upper estimate of the memory for feature maps, for each pixel of the small picture. */
  readonly bytesPerPixel: number
}

/** A feature map that knows how far it has looked. */
interface Seen extends FeatureMap {
  readonly reach: number
}

/** What idealo's "image-super-resolution" multiplies each residual branch of an RRDN with. */
const branchGain = 0.2
const byteRange: PixelRange = { scale: 255, offset: 0 }

/**
 * `pixels` `[B, height, width, 3]` → `enlarged`, `scale` times as high and wide. Two networks, told apart by their tensors: RDN
 * (arXiv 1802.08797), which works on 0–255, and RRDN, the generator of ESRGAN (arXiv 1809.00219), on 0–1; layer names are those of
 * idealo's "image-super-resolution". How deep and wide they are is read from the weights.
 * Throws `packInvalid` when the weights are neither, or do not fit together.
 */
export function buildUpscaler(weights: WeightSet, { storage, pixels = 'uint8' }: CodecOptions): UpscalerGraph {
  const graph = new GraphBuilder('upscaler')
  const network = new Network({ graph, weights, writer: new WeightWriter(graph, storage) })
  const isDense = weights.has('F_m1.weight')
  if (!isDense && !weights.has('Pre_blocks_conv.weight'))
    throw invalid('these are not the layers of an RDN (F_m1) or an RRDN (Pre_blocks_conv), which ESRGAN is made of')
  const range = isDense ? byteRange : unitRange
  const planes = { value: inputPlanes(graph, pixels, range), channels: 3, reach: 0 }
  const features = isDense ? network.dense(planes) : network.residual(planes)
  const { value, scale, reach } = network.draw(features)
  outputPixels(graph, value, pixels, range, 'enlarged')
  weights.assertAllTaken()
  return { graph, scale, reach, bytesPerPixel: network.bytesPerPixel(scale) }
}

class Network {
  readonly #context: GraphContext
  /** Channels of the widest convolution, in and out, and of the maps that are kept for the end. */
  #widest = 0
  #kept = 0

  constructor(context: GraphContext) {
    this.#context = context
  }

  /** RDN: dense blocks whose results are all looked at together, then three convolutions towards pixels. */
  dense(planes: Seen): Seen {
    const shallow = this.#convolve('F_m1', planes)
    let x = this.#convolve('F_0', shallow)
    const blocks: Seen[] = []
    for (let block = 1; this.#has(`F_${block}_1`); block += 1) {
      const grown = this.#grow(`F_${block}`, x)
      x = this.#add(this.#convolve(`LFF_${block}`, grown), x)
      blocks.push(x)
      this.#kept += x.channels
    }
    if (blocks.length === 0) throw invalid('an RDN without blocks (F_1_1)')
    const fused = this.#convolve('GFF_2', this.#convolve('GFF_1', this.#join(blocks)))
    const features = this.#relu(this.#convolve('UPN1', this.#add(fused, shallow)))
    return this.#convolve('UPN3', this.#relu(this.#convolve('UPN2', features)))
  }

  /** RRDN: residual blocks of residual dense blocks. */
  residual(planes: Seen): Seen {
    const shallow = this.#convolve('Pre_blocks_conv', planes)
    let x = shallow
    let block = 1
    for (; this.#has(`F_${block}_1_1`); block += 1) {
      let inner = x
      for (let part = 1; this.#has(`F_${block}_${part}_1`); part += 1) {
        const grown = this.#grow(`F_${block}_${part}`, inner)
        inner = this.#add(inner, this.#convolve(`LFF_${block}_${part}`, grown, branchGain))
      }
      const { graph } = this.#context
      const weakened = graph.node('Mul', [inner.value, graph.float(branchGain)])
      x = this.#add(x, { ...inner, value: weakened })
    }
    if (block === 1) throw invalid('an RRDN without blocks (F_1_1_1)')
    return this.#convolve('PreShuffle', this.#add(this.#convolve('post_blocks_conv', x), shallow))
  }

  /** The last convolution, to RGB, on the enlarged map: each cell as it is, or its channels put side by side as pixels. */
  draw(x: Seen): { readonly value: Value; readonly scale: number; readonly reach: number } {
    const { graph, weights } = this.#context
    const scale = Math.sqrt(x.channels / 3)
    if (!Number.isInteger(scale) || scale < 2)
      throw invalid(`${x.channels} channels before the enlargement are not 3 times the square of a scale`)
    const { dims } = weights.take('SR.weight', [3, null, null, null])
    const far = Math.ceil(this.#radius('SR', dims) / scale)
    if (dims[1] === x.channels) {
      const { value } = enlargedConvolution(this.#context, 'SR', x, scale)
      return { value, scale, reach: x.reach + far }
    }
    const { value } = convolution(this.#context, 'SR', { value: tiled(graph, x.value, scale), channels: 3 })
    return { value, scale, reach: x.reach + far }
  }

  bytesPerPixel(scale: number): number {
    return 4 * (this.#widest + this.#kept + 4 * 3 * scale ** 2)
  }

  /** `F_…_1`, `F_…_2`, …: each sees what came before it, all side by side. */
  #grow(name: string, x: Seen): Seen {
    let grown = x
    for (let layer = 1; this.#has(`${name}_${layer}`); layer += 1) {
      grown = this.#join([grown, this.#relu(this.#convolve(`${name}_${layer}`, grown))])
    }
    return grown
  }

  #has(name: string): boolean {
    return this.#context.weights.has(`${name}.weight`)
  }

  #convolve(name: string, x: Seen, scale = 1): Seen {
    const { dims } = this.#context.weights.take(`${name}.weight`, [null, x.channels, null, null])
    const reach = x.reach + this.#radius(name, dims)
    const made = convolution(this.#context, name, x, { scale })
    this.#widest = Math.max(this.#widest, 2 * x.channels + 2 * made.channels)
    return { ...made, reach }
  }

  #radius(name: string, [, , height = 0, width = 0]: readonly number[]): number {
    if (height === width && height % 2 === 1 && height <= 11) return (height - 1) / 2
    throw invalid(`${name} has a kernel of ${height} × ${width}; odd squares up to 11 × 11 are known`)
  }

  #relu(x: Seen): Seen {
    return { ...x, value: this.#context.graph.node('Relu', [x.value]) }
  }

  #add(a: Seen, b: Seen): Seen {
    if (a.channels !== b.channels) throw invalid(`${a.channels} channels cannot be added to ${b.channels}`)
    const value = this.#context.graph.node('Add', [a.value, b.value])
    return { value, channels: a.channels, reach: Math.max(a.reach, b.reach) }
  }

  #join(maps: readonly Seen[]): Seen {
    const [first] = maps
    if (first !== undefined && maps.length === 1) return first
    const values = maps.map(({ value }) => value)
    return {
      value: this.#context.graph.node('Concat', values, { attributes: { axis: 1 } }),
      channels: maps.reduce((sum, { channels }) => sum + channels, 0),
      reach: Math.max(...maps.map(({ reach }) => reach)),
    }
  }
}

/** TensorFlow's `depth_to_space`: the colour runs fastest among the channels, not slowest as in PyTorch's `pixel_shuffle`. */
function tiled(graph: GraphBuilder, x: Value, scale: number): Value {
  return graph.node('DepthToSpace', [x], { attributes: { blocksize: scale, mode: 'DCR' } })
}

function invalid(rule: string): StudioError {
  return new StudioError('packInvalid', `Upscaler: ${rule}.`)
}
