import * as ort from 'onnxruntime-node'

import { GraphBuilder, omitted, type Value } from '#main/packs/onnx/graph-builder.ts'
import { tensor } from '#main/packs/onnx/tensor.ts'

import { createSession } from './sessions.ts'

/** One attention layer of one step on a cache in fp32 and in int8 with a calibrated scale for each of keys and values. */
export interface Int8CacheMeasurement {
  readonly heads: number
  readonly headDim: number
  readonly batch: number
  readonly keys: number
  readonly fp32Ms: number
  readonly int8Ms: number
  /** Root mean square of the difference, as a share of that of the result. */
  readonly relativeError: number
}

interface Shape {
  readonly heads: number
  readonly headDim: number
  readonly batch: number
  readonly keys: number
}

/** @param shape `keys` are in the cache before the step */
export async function measureInt8Cache(shape: Shape, threads: number, rounds: number): Promise<Int8CacheMeasurement> {
  const { batch, heads, headDim, keys } = shape
  const random = gaussian()
  const cache = ['key', 'value'].map(() => Float32Array.from({ length: batch * heads * (keys + 1) * headDim }, random))
  const qkv = Float32Array.from({ length: batch * 3 * heads * headDim }, random)
  // Calibrated: the largest value there is takes the last step.
  const scales = cache.map((values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127)
  const fp32 = await timeLayer(shape, threads, rounds, qkv, cache, null)
  const int8 = await timeLayer(
    shape,
    threads,
    rounds,
    qkv,
    cache.map((values, i) => Int8Array.from(values, (value) => Math.round(value / (scales[i] ?? 1)))),
    scales,
  )
  const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0)
  const difference = fp32.output.map((value, i) => value - (int8.output[i] ?? 0))
  const relativeError = Math.sqrt(square(difference) / square(fp32.output))
  return { heads, headDim, batch, keys, fp32Ms: fp32.ms, int8Ms: int8.ms, relativeError }
}

async function timeLayer(
  { batch, heads, headDim, keys }: Shape,
  threads: number,
  rounds: number,
  qkv: Float32Array,
  cache: readonly (Float32Array | Int8Array)[],
  scales: readonly number[] | null,
): Promise<{ ms: number; output: Float32Array }> {
  const type = scales === null ? 'float32' : 'int8'
  const graph = new GraphBuilder('attention')
  const dims = ['batch', heads, 'positions', headDim] as const
  const past = ['key', 'value'].map((name) => graph.input(`past.${name}`, type, dims)) as [Value, Value]
  const scaleInputs =
    scales?.map((scale, i) => graph.initializer(`scale.${i}`, tensor('float32', [1], Float32Array.of(scale)))) ?? []
  const outputs = graph.nodes(
    'GroupQueryAttention',
    [
      graph.input('qkv', 'float32', ['batch', 1, 3 * heads * headDim]),
      ...[omitted, omitted, ...past],
      graph.input('last', 'int32', ['batch']),
      graph.input('total', 'int32', [1]),
      ...(scales === null ? [] : [...Array.from({ length: 5 }, () => omitted), ...scaleInputs]),
    ],
    3,
    {
      domain: 'com.microsoft',
      attributes: {
        ...{ num_heads: heads, kv_num_heads: heads, scale: { float: headDim ** -0.5 } },
        ...(scales !== null && { k_quant_type: 'PER_TENSOR', v_quant_type: 'PER_TENSOR', kv_cache_bit_width: 8 }),
      },
    },
  ) as [Value, Value, Value]
  graph.outputSequence(graph.node('SequenceConstruct', [outputs[0]], { name: 'done' }), 'float32')
  graph.output(graph.rename(outputs[0], 'output'), 'float32', ['batch', 1, heads * headDim])
  for (const [i, name] of ['key', 'value'].entries()) {
    graph.output(graph.rename(outputs[i + 1] ?? outputs[0], `present.${name}`), type, dims)
  }
  const session = await createSession(graph.toBytes(), 'attention', { threads })
  const tensors = cache.map((values) =>
    values instanceof Int8Array
      ? new ort.Tensor('int8', values, [batch, heads, keys + 1, headDim])
      : new ort.Tensor('float32', values, [batch, heads, keys + 1, headDim]),
  )
  const output = new Float32Array(batch * heads * headDim)
  const [key, value] = tensors
  if (key === undefined || value === undefined) throw new Error('A cache has keys and values.')
  const feeds = {
    qkv: new ort.Tensor('float32', qkv, [batch, 1, 3 * heads * headDim]),
    ...{ 'past.key': key, 'past.value': value },
    last: new ort.Tensor('int32', new Int32Array(batch).fill(keys), [batch]),
    total: new ort.Tensor('int32', Int32Array.of(keys + 1), [1]),
  }
  const fetches = {
    done: null,
    output: new ort.Tensor('float32', output, [batch, 1, heads * headDim]),
    ...{ 'present.key': key, 'present.value': value },
  }
  let ms = Infinity
  for (let round = 0; round <= rounds; round++) {
    const started = performance.now()
    // The sequence is complained about after the run, before the cache is copied (main/engine/README.md).
    await session.run(feeds, fetches).catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.includes('Non tensor type')) throw error
    })
    if (round > 0) ms = Math.min(ms, performance.now() - started)
  }
  await session.release()
  return { ms, output }
}

/** Standard normal numbers, the same every time. */
function gaussian(): () => number {
  let state = 1
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}
