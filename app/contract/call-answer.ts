import { fromWireError, toWireError, type WireError } from './errors.ts'

/** How a shell answers one call: the JSON body of the loopback host, and what Electron's preload resolves with. */
export type CallAnswer = { readonly result: unknown } | { readonly error: WireError }

/** Runs a call and wraps what comes of it. Never rejects; a page gets no stack. */
export async function answerCall(call: () => Promise<unknown>): Promise<CallAnswer> {
  try {
    return { result: (await call()) ?? null }
  } catch (error) {
    return { error: toWireError(error, false) }
  }
}

/** The result, or the `StudioError` thrown again on this side. */
export function unwrapAnswer(answer: CallAnswer): unknown {
  if ('error' in answer) throw fromWireError(answer.error)
  return answer.result
}
