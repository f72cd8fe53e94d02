import { StudioError } from '#app/contract/errors.ts'

export interface StrictJsonLimits {
  /** Names the text in errors. */
  readonly subject: string
  readonly maxDepth: number
}

/**
 * Parses JSON from strangers: valid UTF-8, no byte-order mark, no key twice in one object (parsers differ in which one they take), nesting
 * bounded before anything recursive runs. Throws `packInvalid`.
 */
export function parseStrictJson(bytes: Uint8Array, limits: StrictJsonLimits): unknown {
  const text = decodeUtf8(bytes, limits.subject)
  const punctuation = text.replace(/"(?:[^"\\]|\\.)*"/gs, '')
  checkDepth(punctuation, limits)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new StudioError('packInvalid', `${limits.subject}: not valid JSON.`, { cause })
  }
  // Every key is followed by the only kind of colon outside strings.
  if (punctuation.split(':').length - 1 !== countKeys(value)) {
    throw new StudioError('packInvalid', `${limits.subject}: an object names a key twice.`)
  }
  return value
}

function decodeUtf8(bytes: Uint8Array, subject: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new StudioError('packInvalid', `${subject}: not valid UTF-8.`, { cause })
  }
}

function checkDepth(punctuation: string, { subject, maxDepth }: StrictJsonLimits): void {
  let depth = 0
  for (const character of punctuation) {
    if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    if (depth > maxDepth) throw new StudioError('packInvalid', `${subject}: nested deeper than ${maxDepth} levels.`)
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const children = Object.values(value)
  const own = Array.isArray(value) ? 0 : children.length
  return children.reduce<number>((total, child) => total + countKeys(child), own)
}
