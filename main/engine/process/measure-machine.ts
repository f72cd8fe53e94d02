import * as ort from 'onnxruntime-node'

import { GraphBuilder } from '#main/packs/onnx/graph-builder.ts'

import { createSession } from './sessions.ts'

/** What this machine can do at most, measured with ONNX Runtime itself. */
export interface MachineLimits {
  /** Bytes read from memory a second. */
  readonly bandwidth: number
  /** float32 multiplications and additions a second in a large matrix product. */
  readonly flops: number
}

/** @param clock `cpu`: processor time of this process @param rounds the fastest counts */
export async function measureMachine(threads: number, clock: 'wall' | 'cpu', rounds = 4): Promise<MachineLimits> {
  return {
    bandwidth: await measureBandwidth(threads, clock, rounds),
    flops: await measureFlops(threads, clock, rounds),
  }
}

/** One row times a matrix of 256 MiB: every weight is read once, far past any cache. */
async function measureBandwidth(threads: number, clock: 'wall' | 'cpu', rounds: number): Promise<number> {
  const [inputs, outputs] = [4096, 16384]
  const seconds = await fastestProduct(1, inputs, outputs, threads, clock, rounds)
  return (inputs * outputs * Float32Array.BYTES_PER_ELEMENT) / seconds
}

async function measureFlops(threads: number, clock: 'wall' | 'cpu', rounds: number): Promise<number> {
  const size = 1024
  return (2 * size ** 3) / (await fastestProduct(size, size, size, threads, clock, rounds))
}

async function fastestProduct(
  rows: number,
  inner: number,
  columns: number,
  threads: number,
  clock: 'wall' | 'cpu',
  rounds: number,
): Promise<number> {
  const graph = new GraphBuilder('product')
  const a = graph.input('a', 'float32', [rows, inner])
  const weights = new Float32Array(inner * columns).fill(0.001)
  const bytes = new Uint8Array(weights.buffer)
  const b = graph.initializer('b', { type: 'float32', dims: [inner, columns], bytes })
  graph.output(graph.rename(graph.node('MatMul', [a, b]), 'c'), 'float32', [rows, columns])
  const session = await createSession(graph.toBytes(), 'product', { threads })
  const feeds = { a: new ort.Tensor('float32', new Float32Array(rows * inner).fill(1), [rows, inner]) }
  let fastest = Infinity
  for (let round = 0; round <= rounds; round++) {
    const started = secondsOf(clock)
    await session.run(feeds)
    if (round > 0) fastest = Math.min(fastest, secondsOf(clock) - started)
  }
  await session.release()
  return fastest
}

function secondsOf(clock: 'wall' | 'cpu'): number {
  if (clock === 'wall') return performance.now() / 1000
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
