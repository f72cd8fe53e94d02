/**
 * Every failure a user can meet has a code from this list. Branch on the code, never on the text.
 * Cancelling is an outcome, not an error.
 */
export const errorCodes = [
  'invalidRequest', // bad input; the message names the allowed values
  'notFound', // no such generation, picture or pack
  'packInvalid', // a pack failed validation; the message names file and rule
  'packMissing', // no pack is installed, or the named one is not
  'outOfMemory', // the figure is in the message
  'engineDied', // the engine process ended while it had work
  'engineTimeout', // the watchdog ended a stuck engine process
  'libraryDamaged',
  'libraryReadOnly',
  'libraryLocked', // another Easel has this library open
  'storageFull',
  'storageFailed',
  'notAllowed', // refused by a shell's security check
  'internal',
] as const
export type ErrorCode = (typeof errorCodes)[number]

/** An error as it crosses a boundary. */
export interface WireError {
  readonly code: ErrorCode
  readonly name: string
  readonly message: string
  readonly stack?: string
}

export class StudioError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StudioError'
    this.code = code
  }
}

/** @param isStackKept stacks stay inside the machine's own processes; a page never gets one. */
export function toWireError(error: unknown, isStackKept = true): WireError {
  const code = error instanceof StudioError ? error.code : 'internal'
  if (!(error instanceof Error)) return { code, name: 'Error', message: String(error) }
  const { name, message, stack } = error
  return stack !== undefined && isStackKept ? { code, name, message, stack } : { code, name, message }
}

export function fromWireError(wire: WireError): StudioError {
  const error = new StudioError(wire.code, wire.message)
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}
