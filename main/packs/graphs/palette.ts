import { StudioError } from '#app/contract/errors.ts'

import type { Value } from '../onnx/graph-builder.ts'
import { elementCount, float32Of, lazyTensor, tensor, type Tensor } from '../onnx/tensor.ts'
import type { DvaeDescription, PaletteDescription } from '../weights/model-description.ts'

import { convolution, type FeatureMap, type GraphContext } from './convolution.ts'

/**
 * Puts the palette's codes ahead of the grid's.
 * @param rgb planes `[B, 3, height, width]` in [0, 1], of exactly the encoder's size
 * @param grid codes int64 `[B, rows, columns]` of the places
 * @returns int64 `[B, paletteRows + rows, columns]`
 */
export function withPaletteCodes(
  context: GraphContext,
  dvae: DvaeDescription,
  { positions, levels }: PaletteDescription,
  rgb: Value,
  grid: Value,
): Value {
  const { graph } = context
  const values = colourValues(context, dvae, positions, rgb)
  const nearest = graph.node('Round', [
    graph.node('Mul', [unitOf(context, values), graph.float(levels - 1)]), // ties to even, as PyTorch rounds
  ])
  const level = graph.node('Cast', [nearest], { attributes: { to: 7 } })
  // Every position has ids of its own.
  const codes = graph.node('Add', [level, graph.int64(Array.from({ length: positions }, (_, p) => p * levels))])
  const rows = graph.node('Reshape', [codes, graph.int64([0, paletteRowsOf(dvae, positions), columnsOf(dvae)])])
  return graph.node('Concat', [rows, grid], { attributes: { axis: 1 } })
}

/** (−1, 1) → (0, 1). */
function unitOf({ graph }: GraphContext, values: Value): Value {
  return graph.node('Mul', [graph.node('Add', [values, graph.float(1)]), graph.float(0.5)])
}

/** What the picture's colours are, `[B, positions]`, each in (−1, 1): a network on single pixels, averaged over all and over the border. */
function colourValues(context: GraphContext, dvae: DvaeDescription, positions: number, rgb: Value): Value {
  const { graph, weights, writer } = context
  const relu = (value: Value) => graph.node('Relu', [value])
  const first = halvingConvolution(context, 'palette.pixel.0', rgb)
  const pixels = convolution(context, 'palette.pixel.1', { ...first, value: relu(first.value) })
  const hidden = pixels.channels
  const flat = graph.node('Reshape', [relu(pixels.value), graph.int64([0, hidden, -1])])
  // Straight into the graph: float16 would round every share of the average the same way.
  const shares = graph.initializer('palette.shares', averagingShares(dvae))
  const averages = graph.node('Transpose', [graph.node('MatMul', [flat, shares])], { attributes: { perm: [0, 2, 1] } })
  const both = graph.node('Reshape', [averages, graph.int64([0, 2 * hidden])])
  const linear = (name: string, x: Value, inputs: number, outputs: number | null) => {
    const weight = weights.take(`${name}.weight`, [outputs, inputs])
    return writer.linear(name, x, weight, weights.take(`${name}.bias`, weight.dims.slice(0, 1)))
  }
  const summary = relu(linear('palette.summary', both, 2 * hidden, hidden))
  return graph.node('Tanh', [linear('palette.value', summary, hidden, positions)])
}

/** The mean of each 2×2 pixels, then a 1×1 convolution: both are sums, so one convolution does them. */
function halvingConvolution({ graph, weights, writer }: GraphContext, name: string, x: Value): FeatureMap {
  const weight = weights.take(`${name}.weight`, [null, 3, 1, 1])
  const [channels = 0] = weight.dims
  const quarters = lazyTensor('float32', [channels, 3, 2, 2], () => {
    const source = float32Of(weight)
    return Float32Array.from({ length: source.length * 4 }, (_, index) => (source[index >> 2] ?? 0) / 4)
  })
  const inputs = [
    x,
    writer.weight(`${name}.weight`, quarters),
    writer.weight(`${name}.bias`, weights.take(`${name}.bias`, [channels])),
  ]
  return { value: graph.node('Conv', inputs, { attributes: { kernel_shape: [2, 2], strides: [2, 2] } }), channels }
}

/** `[pixels, 2]`: what each pixel counts for in the mean over all pixels, and in the mean over the border. */
function averagingShares({ encoderSize }: DvaeDescription): Tensor {
  const [width, height] = encoderSize.map((side) => side >> 1) as [number, number]
  const border = Math.max(1, Math.floor(Math.min(width, height) / 24))
  const isBorder = (pixel: number) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)]
    return Math.min(x, y, width - 1 - x, height - 1 - y) < border
  }
  const dims = [width * height, 2]
  const inside = Math.max(0, width - 2 * border) * Math.max(0, height - 2 * border)
  const [whole, ring] = [1 / (width * height), 1 / (width * height - inside)]
  const values = Float32Array.from({ length: elementCount(dims) }, (_, index) => {
    if (index % 2 === 0) return whole
    return isBorder(index >> 1) ? ring : 0
  })
  return tensor('float32', dims, values)
}

/**
 * Takes the palette off the codes of a decoder.
 * @param codes int64 `[B, paletteRows + rows, columns]`; any code counts as a level, whatever position its id belongs to
 * @returns the codes of the places, and what the palette does to feature maps
 */
export function readPalette(
  context: GraphContext,
  dvae: DvaeDescription,
  { positions, levels }: PaletteDescription,
  codes: Value,
): { readonly places: Value; readonly film: PaletteFilm } {
  const { graph, weights, writer } = context
  const rows = paletteRowsOf(dvae, positions)
  const rowsBetween = (from: number, to: number) =>
    graph.node('Slice', [codes, graph.int64([from]), graph.int64([to]), graph.int64([1])])
  const [vocabulary = 0] = weights.take('decoder.codebook.weight', [null, null]).dims
  const valueOfCode = lazyTensor('float32', [vocabulary], () =>
    Float32Array.from({ length: vocabulary }, (_, code) => ((code % levels) / (levels - 1)) * 2 - 1),
  )
  const gathered = graph.node('Gather', [graph.initializer('palette.levels', valueOfCode), rowsBetween(0, rows)])
  const values = graph.node('Reshape', [gathered, graph.int64([0, positions])])
  const mix = weights.take('palette.mix.weight', [null, positions])
  const [hidden = 0] = mix.dims
  const mixed = writer.linear('palette.mix', values, mix, weights.take('palette.mix.bias', [hidden]))
  const filmWeight = weights.take('palette.film.weight', [null, hidden])
  const [width = 0] = filmWeight.dims
  const bias = weights.take('palette.film.bias', [width])
  const film = writer.linear('palette.film', graph.node('Relu', [mixed]), filmWeight, bias)
  const places = rowsBetween(rows, Number.MAX_SAFE_INTEGER)
  return { places, film: new PaletteFilm(context, graph.node('Unsqueeze', [film, graph.int64([2, 3])]), width) }
}

/** Scales and shifts of feature maps, handed out in the order the decoder asks (Perez et al., "FiLM", 2018). */
export class PaletteFilm {
  readonly #context: GraphContext
  readonly #film: Value
  readonly #width: number
  #used = 0

  /** @param film `[B, width, 1, 1]`: for each feature map its scales, then its shifts */
  constructor(context: GraphContext, film: Value, width: number) {
    this.#context = context
    this.#film = film
    this.#width = width
  }

  /** `x · (1 + scale) + shift` with the next scales and shifts. */
  paint(x: FeatureMap): FeatureMap {
    const { graph } = this.#context
    const scale = graph.node('Add', [this.#next(x.channels), graph.float(1)])
    const shift = this.#next(x.channels)
    return { ...x, value: graph.node('Add', [graph.node('Mul', [x.value, scale]), shift]) }
  }

  /** Throws `packInvalid` when the weights are for other feature maps than those painted. */
  assertAllUsed(): void {
    if (this.#used === this.#width) return
    const rule = `has the shape [${this.#width}], not [${this.#used}]`
    throw new StudioError('packInvalid', `dvae.safetensors: palette.film.bias ${rule}.`)
  }

  #next(channels: number): Value {
    const { graph } = this.#context
    const [from, to] = [this.#used, this.#used + channels]
    this.#used = to
    return graph.node('Slice', [this.#film, graph.int64([from]), graph.int64([to]), graph.int64([1])])
  }
}

function paletteRowsOf(dvae: DvaeDescription, positions: number): number {
  const rows = positions / columnsOf(dvae)
  if (Number.isInteger(rows)) return rows
  throw new StudioError(
    'packInvalid',
    `model.json: dvae.palette.positions is ${positions}; whole rows of ${columnsOf(dvae)} columns are needed.`,
  )
}

/** Columns of the grid that the decoder draws. */
function columnsOf({ pictureSize, decoder }: DvaeDescription): number {
  return pictureSize[0] / decoder.upsample.reduce((product, factor) => product * factor, decoder.shuffle ?? 1)
}
