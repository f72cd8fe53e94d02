import * as ort from 'onnxruntime-node'

import { StudioError } from '#app/contract/errors.ts'

import type { Device } from './devices.ts'

export interface SessionSettings {
  /** Threads inside one operator. */
  readonly threads: number
  /** Default: the CPU. What a device cannot run stays on the CPU. */
  readonly device?: Device
}

/** The file that a model's large weights lie in, by the name the model gives it. */
export interface ModelWeightsFile {
  readonly path: string
  readonly data: Uint8Array
}

/**
 * Makes a session from the bytes of a model. Threads wait without spinning: two spinning threads that share a
 * core with other work run 1.5–3 times slower than one.
 * @param weights the file that the model's large weights lie in, as it names it
 * @throws StudioError packInvalid, naming the file, when ONNX Runtime refuses the model
 */
export async function createSession(
  bytes: Uint8Array,
  fileName: string,
  { threads, device = 'cpu' }: SessionSettings,
  weights?: ModelWeightsFile,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, {
      // Alone: beside another one, a provider that is not there is left out without a word. The CPU takes what is left over in any case.
      executionProviders: [device],
      // Its warnings about operators that stay on the CPU are for those who write providers.
      ...(device !== 'cpu' && { logSeverityLevel: 3 }),
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
