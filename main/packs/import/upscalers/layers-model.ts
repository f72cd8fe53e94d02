import { z } from 'zod'

import { float32Of, lazyTensor, tensor, type Tensor } from '../../onnx/tensor.ts'
import type { TensorMap } from '../../safetensors/read.ts'
import type { ByteSource } from '../readers/byte-source.ts'
import { refuse } from '../readers/refusal.ts'

import { readJson } from './read-json.ts'

const maxModelBytes = 4 * 2 ** 20
/** The largest published upscaler has 29 MB. */
const maxWeightBytes = 256 * 2 ** 20

const size = z
  .number()
  .int()
  .min(1)
  .max(2 ** 16)
/** Bare: a manifest can never point outside its folder. */
const shardName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)
const sides = z.array(z.number()).max(4)
const layer = z.object({
  class_name: z.string().max(64),
  config: z.looseObject({
    name: z.string().max(128),
    activation: z.string().optional(),
    interpolation: z.string().optional(),
    data_format: z.string().optional(),
    padding: z.string().optional(),
    kernel_size: sides.optional(),
    strides: sides.default([1, 1]),
    dilation_rate: sides.default([1, 1]),
    groups: z.number().default(1),
    beta: z.number().optional(),
  }),
})
const layersModel = z.object({
  format: z.literal('layers-model'),
  modelTopology: z.object({
    model_config: z.object({ config: z.object({ layers: z.array(layer).min(1).max(2000) }) }),
  }),
  weightsManifest: z
    .array(
      z.object({
        paths: z.array(shardName).min(1).max(64),
        weights: z
          .array(
            z.object({
              name: z.string().regex(/^[A-Za-z0-9_]{1,100}\/(?:kernel|bias)$/),
              shape: z.array(size).min(1).max(4),
              dtype: z.literal('float32'),
            }),
          )
          .max(2000),
      }),
    )
    .min(1)
    .max(16),
})
type Layer = z.infer<typeof layer>

/** What the layers that draw may be: a graph is made of the weights' names alone, so a layer that works otherwise must not pass unseen. */
const knownLayers: ReadonlyMap<string, (config: Layer['config']) => boolean> = new Map([
  ['InputLayer', () => true],
  ['Conv2D', isPlainConvolution],
  ['Activation', ({ activation }) => activation === 'relu'],
  ['Concatenate', () => true],
  ['Add', () => true],
  ['MultiplyBeta', ({ beta = 0.2 }) => Math.abs(beta - 0.2) < 1e-6],
  ['UpSampling2D', ({ interpolation = 'nearest' }) => interpolation === 'nearest'],
  ['PixelShuffle', () => true],
])

/** Every pixel in, every pixel out. "valid" only says so where there is no edge to leave out. */
function isPlainConvolution(config: Layer['config']): boolean {
  const { activation = 'linear', data_format: order = 'channels_last', padding, kernel_size: kernel = [] } = config
  const isWhole = padding === 'same' || (padding === 'valid' && kernel.length > 0 && kernel.every((side) => side === 1))
  const isDense = [...config.strides, ...config.dilation_rate, config.groups].every((step) => step === 1)
  return activation === 'linear' && order === 'channels_last' && isWhole && isDense
}

/**
 * The weights of a model that TensorFlow.js keeps as layers (`model.json` and shards), under `<layer>.weight` `[out, in, kh, kw]` and
 * `<layer>.bias`. Nothing in it is run; shards are read whole, and must be exactly as long as the manifest's weights.
 * @param openShard opens a shard beside `model.json` by its bare name
 * @throws Refusal for whatever else it is
 */
export function readLayersModel(model: ByteSource, openShard: (name: string) => ByteSource): TensorMap {
  const result = layersModel.safeParse(readJson(model, { maxBytes: maxModelBytes, maxDepth: 24 }))
  if (!result.success) {
    const [issue] = result.error.issues
    return refuse('header', model.name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a layers model'}`)
  }
  for (const { class_name: kind, config } of result.data.modelTopology.model_config.config.layers) {
    // Its class is called by its scale.
    const known = knownLayers.get(kind.replace(/^PixelShuffle[248]x$/, 'PixelShuffle'))
    if (known === undefined || !known(config))
      refuse('family-unknown', model.name, `the layer ${config.name} (${kind}) is none that an upscaler has here`)
  }
  const tensors = new Map<string, Tensor>()
  let allBytes = 0
  for (const { paths, weights } of result.data.weightsManifest) {
    const wanted = weights.map(({ shape }) => 4 * shape.reduce((product, side) => product * side, 1))
    const total = wanted.reduce((sum, bytes) => sum + bytes, 0)
    allBytes += total
    if (allBytes > maxWeightBytes) refuse('limit', model.name, `${allBytes} bytes of weights`)
    const bytes = readShards(paths, openShard, total)
    let at = 0
    for (const [index, { name, shape }] of weights.entries()) {
      const length = wanted[index] ?? 0
      const [key, read] = named(model.name, name, shape, bytes.subarray(at, at + length))
      if (tensors.has(key)) refuse('tensor-name', model.name, `${name} is given twice`)
      tensors.set(key, read)
      at += length
    }
  }
  return tensors
}

function readShards(names: readonly string[], openShard: (name: string) => ByteSource, total: number): Uint8Array {
  const bytes = new Uint8Array(total)
  let at = 0
  for (const name of names) {
    const shard = openShard(name)
    try {
      if (at + shard.size > total)
        refuse('trailing-bytes', shard.name, `the shards have more than the ${total} bytes of the weights`)
      shard.readInto(0, bytes.subarray(at, at + shard.size))
      at += shard.size
    } finally {
      shard.close()
    }
  }
  if (at < total) refuse('truncated', names.join(', '), `the shards have ${at} bytes, and the weights ${total}`)
  return bytes
}

/** TensorFlow keeps a convolution as `[kh, kw, in, out]`. */
function named(place: string, name: string, shape: readonly number[], bytes: Uint8Array): [string, Tensor] {
  const values = float32Of({ type: 'float32', dims: shape, bytes })
  if (values.some((value) => !Number.isFinite(value))) refuse('dtype', place, `${name} holds a value that is no number`)
  const [layerName = '', part] = name.split('/')
  if (part === 'bias') {
    if (shape.length !== 1) refuse('family-mismatch', place, `${name} has the shape [${shape.join(', ')}]`)
    return [`${layerName}.bias`, tensor('float32', shape, values)]
  }
  const [height, width, inputs, outputs] = shape
  if (height === undefined || width === undefined || inputs === undefined || outputs === undefined)
    return refuse('family-mismatch', place, `${name} has the shape [${shape.join(', ')}]`)
  const weight = lazyTensor('float32', [outputs, inputs, height, width], () => {
    const turned = new Float32Array(values.length)
    const area = height * width
    for (let cell = 0; cell < area; cell += 1)
      for (let input = 0; input < inputs; input += 1)
        for (let output = 0; output < outputs; output += 1)
          turned[(output * inputs + input) * area + cell] = values[(cell * inputs + input) * outputs + output] ?? 0
    return turned
  })
  return [`${layerName}.weight`, weight]
}
