import { callKnown } from './pickle-calls.ts'
import { isInertName, knownCalls, storageDtypes } from './pickle-names.ts'
import { isKind, type PickleName, type PickleObject, type PickleStorage, type PickleValue } from './pickle-value.ts'
import { refuse, type Rule } from './refusal.ts'

/** Caps no real checkpoint comes near: a 1.3 B model with its optimiser's state has some 50 000 opcodes. */
export const pickleLimits = {
  opcodes: 1_000_000,
  memo: 100_000,
  stack: 100_000,
  objects: 150_000,
  stringBytes: 4 * 2 ** 20,
} as const

export interface PickleOptions {
  /** For messages. */
  readonly place: string
  /** Turns a persistent id into a storage, or refuses. */
  readonly loadPersistent: (id: PickleValue) => PickleStorage | PickleName
  /** Where the program begins in `bytes`. Default 0. */
  readonly start?: number
}

/** Marks are told apart from values by identity. */
const mark = Symbol('mark')
type Slot = PickleValue | typeof mark

/**
 * Runs the subset of the pickle language that checkpoint writers emit (protocols 2 to 5) and returns the plain data it
 * describes. It has no interpreter behind it: names become labels, a call either is one of a dozen whose meaning is
 * built in (`knownCalls`) or makes an inert object of a known model class; everything else is refused.
 * @returns the value and the offset behind STOP
 * @throws Refusal
 */
export function runPickle(bytes: Uint8Array, options: PickleOptions): { value: PickleValue; end: number } {
  return new PickleMachine(bytes, options).run()
}

class PickleMachine {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #place: string
  readonly #loadPersistent: PickleOptions['loadPersistent']
  readonly #stack: Slot[] = []
  readonly #memo = new Map<number, PickleValue>()
  #at: number
  #objects = 0

  constructor(bytes: Uint8Array, options: PickleOptions) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#place = options.place
    this.#loadPersistent = options.loadPersistent
    this.#at = options.start ?? 0
  }

  run(): { value: PickleValue; end: number } {
    if (this.#byte() !== 0x80) this.#refuse('pickle-opcode', 'it does not begin with a protocol number')
    const protocol = this.#byte()
    if (protocol < 2 || protocol > 5) this.#refuse('pickle-opcode', `protocol ${protocol}; allowed are 2 to 5`)
    for (let count = 0; count < pickleLimits.opcodes; count++) {
      const opcode = this.#byte()
      if (opcode === 0x2e) {
        const value = this.#pop()
        if (this.#stack.length !== 0) this.#refuse('pickle-stack', 'values are left on the stack at STOP')
        return { value, end: this.#at }
      }
      this.#step(opcode)
      if (this.#stack.length > pickleLimits.stack) this.#refuse('limit', `a stack of more than ${pickleLimits.stack}`)
    }
    return this.#refuse('limit', `more than ${pickleLimits.opcodes} opcodes`)
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x28: // MARK
        return void this.#stack.push(mark)
      case 0x30: // POP
        if (this.#stack.pop() === undefined) this.#refuse('pickle-stack', 'POP from an empty stack')
        return
      case 0x31: // POP_MARK
        return void this.#popToMark()
      case 0x32: // DUP
        return this.#push(this.#top())
      case 0x4e: // NONE
        return this.#push(null)
      case 0x88: // NEWTRUE
        return this.#push(true)
      case 0x89: // NEWFALSE
        return this.#push(false)
      case 0x4a: // BININT
        return this.#push(this.#view.getInt32(this.#take(4), true))
      case 0x4b: // BININT1
        return this.#push(this.#byte())
      case 0x4d: // BININT2
        return this.#push(this.#view.getUint16(this.#take(2), true))
      case 0x8a: // LONG1
        return this.#push(this.#long(this.#byte()))
      case 0x47: // BINFLOAT
        return this.#push(this.#view.getFloat64(this.#take(8), false))
      case 0x58: // BINUNICODE
        return this.#push(this.#text(this.#uint32()))
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(this.#byte()))
      case 0x8d: // BINUNICODE8
        return this.#push(this.#text(this.#uint64()))
      case 0x54: // BINSTRING
        return this.#push(this.#latin(this.#uint32()))
      case 0x55: // SHORT_BINSTRING
        return this.#push(this.#latin(this.#byte()))
      case 0x42: // BINBYTES
        return this.#push({ kind: 'bytes', bytes: this.#chunk(this.#uint32()) })
      case 0x43: // SHORT_BINBYTES
        return this.#push({ kind: 'bytes', bytes: this.#chunk(this.#byte()) })
      case 0x8e: // BINBYTES8
        return this.#push({ kind: 'bytes', bytes: this.#chunk(this.#uint64()) })
      case 0x5d: // EMPTY_LIST
        return this.#push({ kind: 'list', items: [] })
      case 0x6c: // LIST
        return this.#push({ kind: 'list', items: this.#popToMark() })
      case 0x61: // APPEND
        return this.#append([this.#pop()])
      case 0x65: // APPENDS
        return this.#append(this.#popToMark())
      case 0x29: // EMPTY_TUPLE
        return this.#push({ kind: 'tuple', items: [] })
      case 0x74: // TUPLE
        return this.#push({ kind: 'tuple', items: this.#popToMark() })
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push({ kind: 'tuple', items: this.#popMany(opcode - 0x84) })
      case 0x7d: // EMPTY_DICT
        return this.#push({ kind: 'dict', entries: new Map() })
      case 0x64: // DICT
        return this.#dict()
      case 0x73: // SETITEM
        return this.#setItems(this.#popMany(2))
      case 0x75: // SETITEMS
        return this.#setItems(this.#popToMark())
      case 0x8f: // EMPTY_SET
        return this.#push({ kind: 'set', items: new Set() })
      case 0x90: // ADDITEMS
        return this.#addItems(this.#popToMark())
      case 0x91: // FROZENSET
        return this.#push({ kind: 'set', items: new Set(this.#popToMark()) })
      case 0x71: // BINPUT
        return this.#put(this.#byte())
      case 0x72: // LONG_BINPUT
        return this.#put(this.#uint32())
      case 0x94: // MEMOIZE
        return this.#put(this.#memo.size)
      case 0x68: // BINGET
        return this.#get(this.#byte())
      case 0x6a: // LONG_BINGET
        return this.#get(this.#uint32())
      case 0x63: // GLOBAL
        return this.#name(this.#line(), this.#line())
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2)
        if (typeof module !== 'string' || typeof name !== 'string')
          this.#refuse('pickle-global', 'a name that is not text')
        return this.#name(String(module), String(name))
      }
      case 0x52: // REDUCE
        return this.#reduce()
      case 0x81: // NEWOBJ
        return this.#newObject(2)
      case 0x92: // NEWOBJ_EX
        return this.#newObject(3)
      case 0x62: // BUILD
        return this.#build()
      case 0x51: // BINPERSID
        return this.#push(this.#loadPersistent(this.#pop()))
      case 0x95: // FRAME
        if (this.#uint64() > this.#bytes.length - this.#at) this.#refuse('truncated', 'a frame longer than the file')
        return
      default:
        return this.#refuse('pickle-opcode', `opcode 0x${opcode.toString(16)} at byte ${this.#at - 1}`)
    }
  }

  #name(module: string, name: string): void {
    const path = `${module}.${name}`
    if (!storageDtypes.has(path) && !knownCalls.has(path) && !isInertName(path))
      this.#refuse(
        'pickle-global',
        `it names ${JSON.stringify(path.slice(0, 120))}; only tensors, plain containers and known model classes are read`,
      )
    this.#push({ kind: 'name', path })
  }

  #reduce(): void {
    const [callable, args] = this.#popMany(2)
    if (!isKind(callable, 'name') || !isKind(args, 'tuple'))
      return this.#refuse('pickle-call', 'a call of something that is not a name, or without a tuple')
    const refuseCall = (rule: Rule, reason: string): never => this.#refuse(rule, `${callable.path}: ${reason}`)
    if (knownCalls.has(callable.path)) return this.#push(callKnown(callable.path, args.items, refuseCall))
    if (storageDtypes.has(callable.path)) return refuseCall('pickle-call', 'a storage cannot be called')
    return this.#push({ kind: 'object', className: callable.path, state: args })
  }

  #newObject(count: 2 | 3): void {
    const parts = this.#popMany(count)
    const owner = parts[0]
    if (!isKind(owner, 'name') || !isKind(parts[1], 'tuple'))
      return this.#refuse('pickle-call', 'a new object of something that is not a class')
    if (owner.path === 'collections.OrderedDict') return this.#push({ kind: 'dict', entries: new Map() })
    if (!isInertName(owner.path)) return this.#refuse('pickle-call', `${owner.path} has no instances here`)
    return this.#push({ kind: 'object', className: owner.path, state: null })
  }

  #build(): void {
    const state = this.#pop()
    const target = this.#top()
    if (isKind(target, 'object')) {
      const object: PickleObject = target
      object.state = state
      return
    }
    // The `_metadata` torch hangs on a state dict: nothing in it is needed.
    if (isKind(target, 'dict')) return
    this.#refuse('pickle-build', 'state for a value that is neither an object nor a dict')
  }

  #append(items: PickleValue[]): void {
    const target = this.#top()
    if (!isKind(target, 'list')) return this.#refuse('pickle-stack', 'items appended to something that is not a list')
    for (const item of items) target.items.push(item)
  }

  #addItems(items: PickleValue[]): void {
    const target = this.#top()
    if (!isKind(target, 'set')) return this.#refuse('pickle-stack', 'items added to something that is not a set')
    for (const item of items) target.items.add(item)
  }

  #dict(): void {
    const items = this.#popToMark()
    this.#push({ kind: 'dict', entries: new Map() })
    this.#setItems(items)
  }

  #setItems(items: readonly PickleValue[]): void {
    const target = this.#top()
    if (items.length % 2 !== 0) this.#refuse('pickle-stack', 'a key without a value')
    if (isKind(target, 'object')) return
    if (!isKind(target, 'dict')) return this.#refuse('pickle-stack', 'items set on something that is not a dict')
    for (let i = 0; i < items.length; i += 2) target.entries.set(items[i] ?? null, items[i + 1] ?? null)
  }

  #put(index: number): void {
    if (index >= pickleLimits.memo || this.#memo.size > pickleLimits.memo)
      this.#refuse('limit', `a memo of more than ${pickleLimits.memo} values`)
    this.#memo.set(index, this.#top())
  }

  #get(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) this.#refuse('pickle-stack', `memo ${index} was never put`)
    this.#push(value ?? null)
  }

  #push(value: PickleValue): void {
    if (typeof value === 'object' && value !== null && ++this.#objects > pickleLimits.objects)
      this.#refuse('limit', `more than ${pickleLimits.objects} objects`)
    this.#stack.push(value)
  }

  #pop(): PickleValue {
    const value = this.#stack.pop()
    if (value === undefined || value === mark) return this.#refuse('pickle-stack', 'a value is missing from the stack')
    return value
  }

  #popMany(count: number): PickleValue[] {
    const values: PickleValue[] = []
    for (let i = 0; i < count; i++) values.unshift(this.#pop())
    return values
  }

  #popToMark(): PickleValue[] {
    const start = this.#stack.lastIndexOf(mark)
    if (start < 0) this.#refuse('pickle-stack', 'a mark is missing from the stack')
    const items = this.#stack.splice(start)
    items.shift()
    return items as PickleValue[]
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1)
    if (value === undefined || value === mark) return this.#refuse('pickle-stack', 'a value is missing from the stack')
    return value
  }

  #take(length: number): number {
    const start = this.#at
    if (length > this.#bytes.length - start) this.#refuse('truncated', `the pickle ends at byte ${this.#bytes.length}`)
    this.#at = start + length
    return start
  }

  #byte(): number {
    return this.#view.getUint8(this.#take(1))
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  #uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true))
  }

  #chunk(length: number): Uint8Array {
    if (length > pickleLimits.stringBytes) this.#refuse('limit', `a string of ${length} bytes`)
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  #text(length: number): string {
    return new TextDecoder('utf-8').decode(this.#chunk(length))
  }

  #latin(length: number): string {
    return Buffer.from(this.#chunk(length)).toString('latin1')
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end < 0 || end - this.#at > 1024) this.#refuse('truncated', 'a name without its end')
    const line = Buffer.from(this.#bytes.subarray(this.#at, end)).toString('utf8')
    this.#at = end + 1
    return line
  }

  /** Two's complement, little-endian; a number where it is exact. */
  #long(length: number): number | bigint {
    if (length > 32) this.#refuse('limit', `an integer of ${length} bytes`)
    const bytes = this.#chunk(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0)
    if (length > 0 && ((bytes[length - 1] ?? 0) & 0x80) !== 0) value -= 1n << BigInt(8 * length)
    const plain = Number(value)
    return Number.isSafeInteger(plain) ? plain : value
  }

  #refuse(rule: Rule, reason: string): never {
    return refuse(rule, this.#place, reason)
  }
}
