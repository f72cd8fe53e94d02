import * as ort from 'onnxruntime-node'

import { StudioError } from '#app/contract/errors.ts'

export interface SessionSettings {
  /** Threads inside one operator. */
  readonly threads: number
}

/**
 * Makes a session on the CPU from the bytes of a model. Threads wait without spinning: two spinning threads that share a
 * core with other work run 1.5–3 times slower than one.
 * @param weights the file that the model's large weights lie in, as it names it
 * @throws StudioError packInvalid, naming the file, when ONNX Runtime refuses the model
 */
export async function createSession(
  bytes: Uint8Array,
  fileName: string,
  { threads }: SessionSettings,
  weights?: { readonly path: string; readonly data: Uint8Array },
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      ...(weights === undefined ? {} : { externalData: [weights] }),
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
  } catch (cause) {
    throw new StudioError('packInvalid', `${fileName} cannot be used by ONNX Runtime: ${String(cause)}`, { cause })
  }
}

/** @throws StudioError packInvalid when a session lacks an input or output that its place in a pack needs */
export function checkNames(
  session: ort.InferenceSession,
  fileName: string,
  inputs: readonly string[],
  outputs: readonly string[],
): void {
  const missing = [
    ...inputs.filter((name) => !session.inputNames.includes(name)).map((name) => `input "${name}"`),
    ...outputs.filter((name) => !session.outputNames.includes(name)).map((name) => `output "${name}"`),
  ]
  if (missing.length > 0) throw new StudioError('packInvalid', `${fileName} lacks ${missing.join(', ')}.`)
}

/** The one output `name` of a run, as the typed array it must be. */
export function outputOf<T extends Float32Array | Uint8Array | BigInt64Array>(
  results: ort.InferenceSession.OnnxValueMapType,
  name: string,
  type: abstract new (...parameters: never[]) => T,
): { readonly data: T; readonly dims: readonly number[] } {
  const value = results[name]
  if (!(value instanceof ort.Tensor) || !(value.data instanceof type)) {
    throw new StudioError(
      'packInvalid',
      `The model's output "${name}" is not a ${type.name.replace('Array', '')} tensor.`,
    )
  }
  return { data: value.data, dims: value.dims }
}
