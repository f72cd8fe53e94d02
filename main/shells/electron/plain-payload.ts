const maxDepth = 16
/** A mask of the largest grid has 65 536 cells. */
const maxValues = 200_000

/** Whether a payload is what JSON could hold, within limits: the same the loopback host lets through. @param maxCharacters of all strings and keys together */
export function isPlainPayload(payload: unknown, maxCharacters: number): payload is Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return false
  const limits = { values: maxValues, characters: maxCharacters }
  return isPlain(payload, 0, limits)
}

function isPlain(value: unknown, depth: number, left: { values: number; characters: number }): boolean {
  if (depth > maxDepth || --left.values < 0) return false
  switch (typeof value) {
    case 'string':
      left.characters -= value.length
      return left.characters >= 0
    case 'number':
    case 'boolean':
    case 'undefined':
      return true
    case 'object':
      return value === null || isPlainObject(value, depth, left)
    default:
      return false
  }
}

function isPlainObject(value: object, depth: number, left: { values: number; characters: number }): boolean {
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1, left))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.entries(value).every(([key, item]) => {
    left.characters -= key.length
    return left.characters >= 0 && isPlain(item, depth + 1, left)
  })
}
