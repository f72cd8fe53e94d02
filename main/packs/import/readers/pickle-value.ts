import type { Dtype } from './dtype.ts'

/** What a pickle program leaves behind: plain data. Nothing here has behaviour of its own. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleBytes
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleName
  | PickleObject
  | PickleStorage
  | PickleTensor

export interface PickleBytes {
  readonly kind: 'bytes'
  readonly bytes: Uint8Array
}
export interface PickleList {
  readonly kind: 'list'
  readonly items: PickleValue[]
}
export interface PickleTuple {
  readonly kind: 'tuple'
  readonly items: readonly PickleValue[]
}
/** A `Map`, so that keys such as `__proto__` are just keys. */
export interface PickleDict {
  readonly kind: 'dict'
  readonly entries: Map<PickleValue, PickleValue>
}
export interface PickleSet {
  readonly kind: 'set'
  readonly items: Set<PickleValue>
}
/** `module.name` of a class or function: a label, never resolved to anything. */
export interface PickleName {
  readonly kind: 'name'
  readonly path: string
}
/** An instance of a class we know to be harmless to ignore: its label and its state. */
export interface PickleObject {
  readonly kind: 'object'
  readonly className: string
  state: PickleValue
}
export interface PickleStorage {
  readonly kind: 'storage'
  readonly dtype: Dtype
  readonly key: string
  /** Elements. */
  readonly count: number
  /** First element of a view into the storage (legacy files only). */
  readonly viewOffset: number
}
export interface PickleTensor {
  readonly kind: 'tensor'
  readonly storage: PickleStorage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** The value under a string key of a dict or of an object's state. */
export function getEntry(value: PickleValue | undefined, key: string): PickleValue | undefined {
  if (!isKind(value, 'dict')) return undefined
  return value.entries.get(key)
}

type Tagged = Extract<PickleValue, { kind: string }>

export function isKind<K extends Tagged['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Tagged, { kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind
}
