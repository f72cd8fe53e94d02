/** Numbers that break parsers: limits of integer types, and small ones. */
const edges = [0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

/**
 * `bytes` after `count` random changes: bits flipped, bytes set, 32-bit fields overwritten with edge values, parts cut out,
 * doubled or put elsewhere. The same numbers give the same file.
 * @param next random numbers in [0, 1)
 */
export function mutate(bytes: Uint8Array, count: number, next: () => number): Uint8Array {
  let result: Uint8Array<ArrayBuffer> = Uint8Array.from(bytes)
  const below = (limit: number): number => Math.floor(next() * limit)
  for (let i = 0; i < count && result.length > 0; i++) {
    const at = below(result.length)
    switch (below(7)) {
      case 0:
        result[at] = (result[at] ?? 0) ^ (1 << below(8))
        break
      case 1:
        result[at] = below(256)
        break
      case 2:
        if (at + 4 <= result.length)
          new DataView(result.buffer).setUint32(at, edges[below(edges.length)] ?? 0, next() < 0.5)
        break
      case 3:
        result = result.slice(0, at)
        break
      case 4:
        result = spliced(result, at, below(Math.min(64, result.length - at)), new Uint8Array(0))
        break
      case 5:
        result = spliced(result, below(result.length), 0, result.slice(at, at + below(64)))
        break
      default:
        result = spliced(
          result,
          at,
          below(8),
          Uint8Array.from({ length: below(8) }, () => below(256)),
        )
    }
  }
  return result
}

function spliced(bytes: Uint8Array, at: number, length: number, added: Uint8Array): Uint8Array<ArrayBuffer> {
  const removed = Math.min(length, bytes.length - at)
  const result = new Uint8Array(bytes.length - removed + added.length)
  result.set(bytes.subarray(0, at))
  result.set(added, at)
  result.set(bytes.subarray(at + removed), at + added.length)
  return result
}

/** xorshift32 from a seed. */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
