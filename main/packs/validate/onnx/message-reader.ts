import { StudioError } from '#app/contract/errors.ts'

import type { Field, Grammar } from './grammar.ts'

/** What a message holds, by the names of the grammar: numbers, strings, messages, and of each blob its length and where it begins. */
export type Message = ReadonlyMap<string, Item | readonly Item[]>
export type Item = number | string | Message

/** The reader asks for bytes to look at, or for bytes to pass over. */
interface Want {
  readonly bytes: number
  readonly isSkipped: boolean
}
type Reading<T> = Generator<Want, T, Uint8Array>

const maxFields = 4_000_000
const wireTypes = { varint: 0, bits64: 1, lengthDelimited: 2, bits32: 5 } as const

/**
 * Reads one protobuf message of known grammar from chunks as they arrive; blobs are never held in memory.
 * Refuses unknown fields, wrong wire types, groups, a single field given twice, lengths past the end, and varints over ten bytes.
 */
export class MessageReader {
  readonly #subject: string
  readonly #reading: Reading<Message>
  #want: IteratorResult<Want, Message>
  #pending: Uint8Array = new Uint8Array(0)
  #skipping = 0
  #fieldCount = 0
  #position = 0

  /** @param fileBytes length of the whole message. */
  constructor(subject: string, grammar: Grammar, fileBytes: number) {
    this.#subject = subject
    this.#reading = this.#readMessage(grammar, fileBytes)
    this.#want = this.#reading.next()
  }

  /** Throws `packInvalid` as soon as a rule is broken. */
  push(chunk: Uint8Array): void {
    let offset = 0
    while (this.#want.done !== true) {
      const { bytes, isSkipped } = this.#want.value
      if (isSkipped) {
        const passed = Math.min(bytes - this.#skipping, chunk.byteLength - offset)
        this.#skipping += passed
        offset += passed
        if (this.#skipping < bytes) return
        this.#skipping = 0
        this.#answer(chunk.subarray(0, 0))
      } else if (this.#pending.byteLength + chunk.byteLength - offset < bytes) {
        this.#pending = joined(this.#pending, chunk.subarray(offset))
        return
      } else {
        const missing = bytes - this.#pending.byteLength
        const part = chunk.subarray(offset, offset + missing)
        const whole = this.#pending.byteLength === 0 ? part : joined(this.#pending, part)
        this.#pending = new Uint8Array(0)
        offset += missing
        this.#answer(whole)
      }
    }
    if (offset < chunk.byteLength) throw this.#invalid('bytes after the end of the model')
  }

  /** The message, when all its bytes were pushed. Throws `packInvalid` when some are missing. */
  finish(): Message {
    if (this.#want.done !== true) throw this.#invalid('the file ends inside the model')
    return this.#want.value
  }

  #answer(bytes: Uint8Array): void {
    this.#want = this.#reading.next(bytes)
  }

  *#readMessage(grammar: Grammar, end: number): Reading<Message> {
    const message = new Map<string, Item | Item[]>()
    while (this.#position < end) {
      this.#fieldCount += 1
      if (this.#fieldCount > maxFields) throw this.#invalid(`more than ${maxFields} fields`)
      const tag = yield* this.#readVarint(end)
      const field = grammar.fields[Math.floor(tag / 8)]
      if (field === undefined)
        throw this.#invalid(`${grammar.name} has field ${Math.floor(tag / 8)}, which packs must not use`)
      const items = yield* this.#readField(grammar, field, tag % 8, end)
      this.#store(message, grammar, field, items)
    }
    return message
  }

  #store(message: Map<string, Item | Item[]>, grammar: Grammar, field: Field, items: readonly Item[]): void {
    const known = message.get(field.name)
    if (field.kind === 'blob' || field.isRepeated !== true) {
      // Parsers merge or take the last one: two would mean two readings of one file.
      if (known !== undefined) throw this.#invalid(`${grammar.name}.${field.name} is given twice`)
      const [item, at] = items
      if (item !== undefined) message.set(field.name, item)
      if (at !== undefined) message.set(`${field.name}At`, at)
    } else if (Array.isArray(known)) {
      for (const item of items) known.push(item)
    } else {
      message.set(field.name, [...items])
    }
  }

  *#readField(grammar: Grammar, field: Field, wireType: number, end: number): Reading<readonly Item[]> {
    if (field.kind === 'integer' && wireType === wireTypes.varint) return [yield* this.#readVarint(end)]
    if (field.kind === 'float' && wireType === wireTypes.bits32) return [yield* this.#readFloat(end)]
    if (wireType !== wireTypes.lengthDelimited) {
      throw this.#invalid(`${grammar.name}.${field.name} has the wire type ${wireType}`)
    }
    const length = yield* this.#readVarint(end)
    if (length < 0 || length > end - this.#position) {
      throw this.#invalid(`${grammar.name}.${field.name} reaches past the end of its message`)
    }
    const fieldEnd = this.#position + length
    switch (field.kind) {
      case 'message':
        return [yield* this.#readMessage(field.message, fieldEnd)]
      case 'blob': {
        const at = this.#position
        yield* this.#skip(length)
        return [length, at]
      }
      case 'string':
        if (length > field.maxBytes)
          throw this.#invalid(`${grammar.name}.${field.name} is longer than ${field.maxBytes} bytes`)
        return [this.#toText(yield* this.#take(length, fieldEnd), grammar, field)]
      case 'integer':
      case 'float':
        if (field.isRepeated !== true) throw this.#invalid(`${grammar.name}.${field.name} is a list`)
        return yield* this.#readPacked(field.kind, fieldEnd)
    }
  }

  *#readPacked(kind: 'integer' | 'float', end: number): Reading<readonly Item[]> {
    const items: number[] = []
    while (this.#position < end) {
      this.#fieldCount += 1
      if (this.#fieldCount > maxFields) throw this.#invalid(`more than ${maxFields} fields`)
      items.push(yield* kind === 'integer' ? this.#readVarint(end) : this.#readFloat(end))
    }
    return items
  }

  /** A two's complement int64; past 2⁵³ the nearest number, which no rule accepts anyway. */
  *#readVarint(end: number): Reading<number> {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = yield* this.#take(1, end)
      if (shift === 0n && byte < 0x80) return byte
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
    throw this.#invalid('a number longer than ten bytes')
  }

  *#readFloat(end: number): Reading<number> {
    const bytes = yield* this.#take(4, end)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true)
  }

  *#take(bytes: number, end: number): Reading<Uint8Array> {
    if (bytes > end - this.#position) throw this.#invalid('a field reaches past the end of its message')
    this.#position += bytes
    return bytes === 0 ? new Uint8Array(0) : yield { bytes, isSkipped: false }
  }

  *#skip(bytes: number): Reading<void> {
    this.#position += bytes
    if (bytes > 0) yield { bytes, isSkipped: true }
  }

  #toText(bytes: Uint8Array, grammar: Grammar, field: Field): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch (cause) {
      throw new StudioError('packInvalid', `${this.#subject}: ${grammar.name}.${field.name} is not UTF-8.`, { cause })
    }
  }

  #invalid(rule: string): StudioError {
    return new StudioError('packInvalid', `${this.#subject}: ${rule} (near byte ${this.#position}).`)
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.byteLength + second.byteLength)
  whole.set(first)
  whole.set(second, first.byteLength)
  return whole
}
