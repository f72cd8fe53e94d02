import type { ByteSource } from './byte-source.ts'
import { refuse } from './refusal.ts'

const windowBytes = 2 ** 16

/** One value of a msgpack file; the bytes of `bytes` and `ext` stay in the file at `offset`. */
export type MsgpackToken =
  | { readonly type: 'nil' | 'boolean' }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'bytes'; readonly offset: number; readonly length: number }
  | { readonly type: 'ext'; readonly code: number; readonly offset: number; readonly length: number }
  | { readonly type: 'array' | 'map'; readonly length: number }

/** Reads msgpack token by token through a small window, so that arrays of gigabytes are stepped over. */
export class MsgpackScanner {
  readonly #source: ByteSource
  readonly #end: number
  #window: DataView = new DataView(new ArrayBuffer(0))
  #windowStart = 0
  #at: number

  constructor(source: ByteSource, start = 0, end = source.size) {
    this.#source = source
    this.#at = start
    this.#end = end
  }

  get position(): number {
    return this.#at
  }

  next(): MsgpackToken {
    const byte = this.#uint(1)
    if (byte <= 0x7f) return { type: 'number', value: byte }
    if (byte <= 0x8f) return { type: 'map', length: byte & 15 }
    if (byte <= 0x9f) return { type: 'array', length: byte & 15 }
    if (byte <= 0xbf) return this.#text(byte & 31)
    if (byte >= 0xe0) return { type: 'number', value: byte - 256 }
    switch (byte) {
      case 0xc0:
        return { type: 'nil' }
      case 0xc2:
      case 0xc3:
        return { type: 'boolean' }
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#skip('bytes', this.#uint(2 ** (byte - 0xc4)))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#ext(this.#uint(2 ** (byte - 0xc7)))
      case 0xca:
        return { type: 'number', value: this.#take(4).getFloat32(0) }
      case 0xcb:
        return { type: 'number', value: this.#take(8).getFloat64(0) }
      case 0xcc:
      case 0xcd:
      case 0xce:
        return { type: 'number', value: this.#uint(2 ** (byte - 0xcc)) }
      case 0xcf:
        return { type: 'number', value: Number(this.#take(8).getBigUint64(0)) }
      case 0xd0:
        return { type: 'number', value: this.#take(1).getInt8(0) }
      case 0xd1:
        return { type: 'number', value: this.#take(2).getInt16(0) }
      case 0xd2:
        return { type: 'number', value: this.#take(4).getInt32(0) }
      case 0xd3:
        return { type: 'number', value: Number(this.#take(8).getBigInt64(0)) }
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#ext(2 ** (byte - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(2 ** (byte - 0xd9)))
      case 0xdc:
      case 0xdd:
        return { type: 'array', length: this.#uint(2 * (byte - 0xdb)) }
      case 0xde:
      case 0xdf:
        return { type: 'map', length: this.#uint(2 * (byte - 0xdd)) }
      default:
        return refuse('header', this.#source.name, `byte 0x${byte.toString(16)} begins no msgpack value`)
    }
  }

  #uint(length: number): number {
    const view = this.#take(length)
    return length === 1 ? view.getUint8(0) : length === 2 ? view.getUint16(0) : view.getUint32(0)
  }

  #text(length: number): MsgpackToken {
    if (length > 4096) refuse('limit', this.#source.name, `a text of ${length} bytes`)
    const view = this.#take(length)
    return { type: 'text', value: Buffer.from(view.buffer, view.byteOffset, length).toString('utf8') }
  }

  #ext(length: number): MsgpackToken {
    const code = this.#take(1).getInt8(0)
    const { offset } = this.#skip('bytes', length)
    return { type: 'ext', code, offset, length }
  }

  #skip(type: 'bytes', length: number): { type: 'bytes'; offset: number; length: number } {
    const offset = this.#at
    if (length > this.#end - offset)
      refuse('truncated', this.#source.name, `${length} bytes at ${offset} are not there`)
    this.#at = offset + length
    return { type, offset, length }
  }

  /** A view that begins at the current position and holds at least `length` bytes. */
  #take(length: number): DataView {
    if (length > this.#end - this.#at) refuse('truncated', this.#source.name, `it ends at byte ${this.#end}`)
    const inside = this.#at - this.#windowStart
    if (inside < 0 || inside + length > this.#window.byteLength) {
      const bytes = this.#source.read(this.#at, Math.min(Math.max(windowBytes, length), this.#end - this.#at))
      this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#windowStart = this.#at
    }
    const view = new DataView(this.#window.buffer, this.#window.byteOffset + this.#at - this.#windowStart, length)
    this.#at += length
    return view
  }
}
