/** `dots.wat`, assembled by wabt (`wat2wasm dots.wat`): 213 bytes, so that nothing needs to be built or loaded. */
const assembled =
  'AGFzbQEAAAABCQFgBX9/f39/AAMCAQAFAwEAAQcRAgZtZW1vcnkCAARkb3RzAAAKowEBoAECAn8CewJAA0AgA0UNASABIAJqIQUgACEG/QwAAAAAAAAAAAAAAAAAAAAAIQgDQCAB/QAEACEHIAggB/2HASAG/QAEAP26ASAH/YgBIAb9AAQQ/boB/a4B/a4BIQggBkEgaiEGIAFBEGoiASAFSQ0ACyAEIAj9GwAgCP0bAWogCP0bAiAI/RsDamo2AgAgBEEEaiEEIANBAWshAwwACwsL'

// The part of WebAssembly used here, typed: the libraries of Node's types leave it to those of the DOM.
interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}
interface WasmGlobal {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object
    readonly Instance: new (module: object) => {
      readonly exports: {
        readonly memory: Memory
        dots(query: number, rows: number, dimensions: number, count: number, sums: number): void
      }
    }
  }
}
const { WebAssembly } = globalThis as unknown as WasmGlobal

const pageBytes = 65_536
const queryBytes = 65_536

/** Rows of 8-bit integers in one block of memory, and their dot products with a 16-bit query. */
export interface DotMatrix {
  readonly count: number
  /** @param row `dimensions` values. */
  push(row: Int8Array): void
  /** One exact 32-bit sum per row. Valid until the next call. */
  dots(query: Int16Array): Int32Array
}

/** @param dimensions a multiple of 16, at most 32 768. */
export function createDotMatrix(dimensions: number, expectedRows: number): DotMatrix {
  const { memory, dots } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(assembled, 'base64'))).exports
  let count = 0
  // Query, then rows, then sums: sums move up when rows grow, and are written anew by every call.
  const needed = (rows: number) => queryBytes + rows * (dimensions + 4)
  const reserve = (rows: number) => {
    const missing = Math.ceil((needed(rows) - memory.buffer.byteLength) / pageBytes)
    if (missing > 0) memory.grow(missing)
  }
  reserve(Math.max(expectedRows, 1))
  return {
    get count() {
      return count
    },
    push: (row) => {
      if (needed(count + 1) > memory.buffer.byteLength) reserve(Math.ceil((count + 1) * 1.25))
      new Int8Array(memory.buffer, queryBytes + count * dimensions, dimensions).set(row)
      count++
    },
    dots: (query) => {
      const sums = queryBytes + count * dimensions
      new Int16Array(memory.buffer, 0, dimensions).set(query)
      dots(0, queryBytes, dimensions, count, sums)
      return new Int32Array(memory.buffer, sums, count)
    },
  }
}
