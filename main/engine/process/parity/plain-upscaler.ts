import type { MadeWeight } from '#main/packs/import/testing/made-upscaler.ts'

/** Channels last, as TensorFlow has it: `values[(y · width + x) · channels + channel]`. */
export interface PlainMap {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly values: Float64Array
}

/**
 * The published upscalers written out in float64, layer by layer as their Keras models join them, from weights as TensorFlow keeps them.
 * It shares no code with main/packs/graphs.
 * @param pixels RGB, 0 to 1. @returns RGB, 0 to 1, not clamped
 */
export function plainUpscale(weights: readonly MadeWeight[], pixels: PlainMap): PlainMap {
  const of = new Map(weights.map((weight) => [weight.name, weight]))
  const conv = (name: string, x: PlainMap) => convolve(x, of.get(`${name}/kernel`)!, of.get(`${name}/bias`)!)
  const dense = (prefix: string, x: PlainMap) => {
    let joined = x
    for (let layer = 1; of.has(`${prefix}_${layer}/kernel`); layer += 1)
      joined = join([joined, map(conv(`${prefix}_${layer}`, joined), (value) => Math.max(0, value))])
    return joined
  }
  const relu = (x: PlainMap) => map(x, (value) => Math.max(0, value))
  if (of.has('F_m1/kernel')) {
    // RDN: works on 0 to 255.
    const shallow = conv(
      'F_m1',
      map(pixels, (value) => value * 255),
    )
    const first = conv('F_0', shallow)
    const one = add(conv('LFF_1', dense('F_1', first)), first)
    const two = add(conv('LFF_2', dense('F_2', one)), one)
    const features = add(conv('GFF_2', conv('GFF_1', join([one, two]))), shallow)
    const small = conv('UPN3', relu(conv('UPN2', relu(conv('UPN1', features)))))
    return map(conv('SR', repeat(small, Math.sqrt(small.channels / 3))), (value) => value / 255)
  }
  const shallow = conv('Pre_blocks_conv', pixels)
  let x = shallow
  for (const block of [1, 2]) {
    let inner = x
    for (const part of [1, 2]) {
      const change = conv(`LFF_${block}_${part}`, dense(`F_${block}_${part}`, inner))
      inner = add(
        inner,
        map(change, (value) => value * 0.2),
      )
    }
    x = add(
      x,
      map(inner, (value) => value * 0.2),
    )
  }
  return conv('SR', depthToSpace(conv('PreShuffle', add(conv('post_blocks_conv', x), shallow))))
}

function convolve(x: PlainMap, kernel: MadeWeight, bias: MadeWeight): PlainMap {
  const [size = 0, , inputs = 0, outputs = 0] = kernel.shape
  const far = (size - 1) / 2
  const values = new Float64Array(x.width * x.height * outputs)
  for (let y = 0; y < x.height; y += 1)
    for (let column = 0; column < x.width; column += 1)
      for (let output = 0; output < outputs; output += 1) {
        let sum = bias.values[output]!
        for (let dy = 0; dy < size; dy += 1)
          for (let dx = 0; dx < size; dx += 1) {
            const [fromY, fromX] = [y + dy - far, column + dx - far]
            if (fromY < 0 || fromX < 0 || fromY >= x.height || fromX >= x.width) continue
            for (let input = 0; input < inputs; input += 1)
              sum +=
                x.values[(fromY * x.width + fromX) * inputs + input]! *
                kernel.values[((dy * size + dx) * inputs + input) * outputs + output]!
          }
        values[(y * x.width + column) * outputs + output] = sum
      }
  return { ...x, channels: outputs, values }
}

function map(x: PlainMap, change: (value: number) => number): PlainMap {
  return { ...x, values: x.values.map(change) }
}

function add(a: PlainMap, b: PlainMap): PlainMap {
  return { ...a, values: a.values.map((value, index) => value + b.values[index]!) }
}

function join(maps: readonly PlainMap[]): PlainMap {
  const [{ width, height } = { width: 0, height: 0 }] = maps
  const cells = Array.from({ length: width * height }, (_, cell) =>
    maps.flatMap(({ channels, values }) => [...values.subarray(cell * channels, (cell + 1) * channels)]),
  )
  return { width, height, channels: cells[0]?.length ?? 0, values: Float64Array.from(cells.flat()) }
}

/** Each cell `scale` times in both directions: Keras' UpSampling2D. */
function repeat(x: PlainMap, scale: number): PlainMap {
  return larger(x, scale, x.channels, (cell, _dy, _dx, channel) => x.values[cell * x.channels + channel]!)
}

/** TensorFlow's `depth_to_space`. */
function depthToSpace(x: PlainMap): PlainMap {
  const scale = Math.sqrt(x.channels / 3)
  return larger(x, scale, 3, (cell, dy, dx, channel) => x.values[cell * x.channels + (dy * scale + dx) * 3 + channel]!)
}

function larger(
  x: PlainMap,
  scale: number,
  channels: number,
  valueAt: (cell: number, dy: number, dx: number, channel: number) => number,
): PlainMap {
  const [width, height] = [x.width * scale, x.height * scale]
  const values = Float64Array.from({ length: width * height * channels }, (_, index) => {
    const channel = index % channels
    const column = Math.floor(index / channels) % width
    const y = Math.floor(index / channels / width)
    const cell = Math.floor(y / scale) * x.width + Math.floor(column / scale)
    return valueAt(cell, y % scale, column % scale, channel)
  })
  return { width, height, channels, values }
}
