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
    graph.node('Mul', [values, graph.float(levels - 1)]), // ties to even, as PyTorch rounds
  ])
  const level = graph.node('Cast', [nearest], { attributes: { to: 7 } })
  // Every position has ids of its own.
  const codes = graph.node('Add', [level, graph.int64(Array.from({ length: positions }, (_, p) => p * levels))])
  const rows = graph.node('Reshape', [codes, graph.int64([0, paletteRowsOf(dvae, positions), columnsOf(dvae)])])
  return graph.node('Concat', [rows, grid], { attributes: { axis: 1 } })
}

/** What the picture's colours are, `[B, positions]`, each in (0, 1): a network on single pixels, averaged over all and over the border. */
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
  return graph.node('Sigmoid', [linear('palette.value', summary, hidden, positions)])
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

/** Colours of a palette: three positions each, red, green and blue. */
export const coloursOf = ({ positions }: Pick<PaletteDescription, 'positions'>): number => Math.floor(positions / 3)

/** The codes of a decoder's input, taken apart. */
export interface SplitCodes {
  /** int64 `[B, rows, columns]`. */
  readonly places: Value
  /** `[B, 1, 1 + colours, 3]`, red, green and blue in 0 … 1; the first is black. */
  readonly colors: Value
}

/**
 * Takes the palette off the codes of a decoder.
 * @param codes int64 `[B, paletteRows + rows, columns]`; any code counts as a level, whatever position its id belongs to
 */
export function readPalette(
  context: GraphContext,
  dvae: DvaeDescription,
  { positions, levels }: PaletteDescription,
  codes: Value,
): SplitCodes {
  const { graph, weights } = context
  const rows = paletteRowsOf(dvae, positions)
  const rowsBetween = (from: number, to: number) =>
    graph.node('Slice', [codes, graph.int64([from]), graph.int64([to]), graph.int64([1])])
  const [vocabulary = 0] = weights.take('decoder.codebook.weight', [null, null]).dims
  const valueOfCode = lazyTensor('float32', [vocabulary], () =>
    Float32Array.from({ length: vocabulary }, (_, code) => (code % levels) / (levels - 1)),
  )
  const gathered = graph.node('Gather', [graph.initializer('palette.levels', valueOfCode), rowsBetween(0, rows)])
  const colorCount = coloursOf({ positions })
  const flat = graph.node('Reshape', [gathered, graph.int64([0, positions])])
  const whole = graph.node('Slice', [flat, graph.int64([0]), graph.int64([3 * colorCount]), graph.int64([1])])
  const byColor = graph.node('Reshape', [whole, graph.int64([0, 1, colorCount, 3])])
  // The share of no colour adds nothing: black.
  const colors = graph.node('Pad', [byColor, graph.int64([0, 0, 1, 0, 0, 0, 0, 0])])
  return { places: rowsBetween(rows, Number.MAX_SAFE_INTEGER), colors }
}

/**
 * Mixes every pixel from the palette's colours, and adds what they do not explain. Channels come last, as the picture is given out: a softmax
 * over neighbours in memory is many times as fast as one across planes.
 * @param output `[B, 3 + 1 + colours, height, width]`: what is added, then the shares before their softmax, the first that of no colour
 * @param colors `[B, 1, 1 + colours, 3]`
 * @returns RGB `[B, height, width, 3]`
 */
export function paintWithPalette({ graph }: GraphContext, output: Value, colors: Value): Value {
  const channels = (from: number, to: number) => {
    const planes = graph.node('Slice', [output, graph.int64([from]), graph.int64([to]), graph.int64([1])])
    return graph.node('Transpose', [planes], { attributes: { perm: [0, 2, 3, 1] } })
  }
  const shares = graph.node('Softmax', [channels(3, Number.MAX_SAFE_INTEGER)], { attributes: { axis: -1 } })
  return graph.node('Add', [channels(0, 3), graph.node('MatMul', [shares, colors])])
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
