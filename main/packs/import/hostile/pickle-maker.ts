/** Writes pickle programs, honest or not, opcode by opcode. For tests and the hostile corpus only. */
export type PickleCode = Buffer

export const bytesOf = (...values: number[]): PickleCode => Buffer.from(values)

export const mark = bytesOf(0x28)
export const emptyTuple = bytesOf(0x29)
export const emptyDict = bytesOf(0x7d)
export const emptyList = bytesOf(0x5d)
export const none = bytesOf(0x4e)
export const no = bytesOf(0x89)
export const stop = bytesOf(0x2e)
export const reduce = bytesOf(0x52)
export const build = bytesOf(0x62)
export const newObject = bytesOf(0x81)
export const setItem = bytesOf(0x73)
export const setItems = bytesOf(0x75)
export const tuple = bytesOf(0x74)
export const persistent = bytesOf(0x51)
export const put = (index: number): PickleCode => bytesOf(0x71, index)
export const get = (index: number): PickleCode => bytesOf(0x68, index)

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function text(value: string): PickleCode {
  const bytes = Buffer.from(value)
  return Buffer.concat([bytesOf(0x58), uint32(bytes.length), bytes])
}

/** BININT where it fits, else LONG1. */
export function integer(value: number | bigint): PickleCode {
  if (typeof value === 'number' && value >= -(2 ** 31) && value < 2 ** 31) {
    const bytes = Buffer.alloc(5)
    bytes[0] = 0x4a
    bytes.writeInt32LE(value, 1)
    return bytes
  }
  const bytes = Buffer.alloc(18)
  bytes[0] = 0x8a
  bytes[1] = 16
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 2)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value) >> 64n), 10)
  return bytes
}

export function global(module: string, name: string): PickleCode {
  return Buffer.concat([bytesOf(0x63), Buffer.from(`${module}\n${name}\n`)])
}

export function tupleOf(...items: readonly PickleCode[]): PickleCode {
  return Buffer.concat([mark, ...items, tuple])
}

export function dictOf(entries: Readonly<Record<string, PickleCode>>): PickleCode {
  const items = Object.entries(entries).flatMap(([key, value]) => [text(key), value])
  return Buffer.concat([emptyDict, mark, ...items, setItems])
}

export function call(module: string, name: string, ...args: readonly PickleCode[]): PickleCode {
  return Buffer.concat([global(module, name), tupleOf(...args), reduce])
}

export function program(...parts: readonly PickleCode[]): Buffer {
  return Buffer.concat([bytesOf(0x80, 2), ...parts, stop])
}

export interface TensorCode {
  readonly storageType?: string
  readonly key?: string
  readonly count?: number | bigint
  readonly offset?: number | bigint
  readonly shape?: readonly (number | bigint)[]
  readonly strides?: readonly (number | bigint)[]
  readonly rebuild?: readonly [string, string]
}

/** `torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, False, OrderedDict())`. */
export function tensorCode(options: TensorCode = {}): PickleCode {
  const [module, name] = options.rebuild ?? ['torch._utils', '_rebuild_tensor_v2']
  const storage = Buffer.concat([
    tupleOf(
      text('storage'),
      global('torch', options.storageType ?? 'FloatStorage'),
      text(options.key ?? '0'),
      text('cpu'),
      integer(options.count ?? 4),
    ),
    persistent,
  ])
  return call(
    module,
    name,
    storage,
    integer(options.offset ?? 0),
    tupleOf(...(options.shape ?? [4]).map(integer)),
    tupleOf(...(options.strides ?? [1]).map(integer)),
    no,
    call('collections', 'OrderedDict'),
  )
}
