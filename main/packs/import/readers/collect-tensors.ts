import { isKind, type PickleTensor, type PickleValue } from './pickle-value.ts'
import { refuse } from './refusal.ts'
import type { PlainValue } from './tensor-source.ts'

const maxVisits = 100_000
const maxTensors = 20_000
const maxDepth = 64
const maxPlain = 20_000

/**
 * Names every tensor of an unpickled value by its path. A dict contributes its keys; an `nn.Module` (an inert object
 * whose state has `_parameters`, `_buffers`, `_modules`) contributes what `state_dict()` would; a TorchScript object
 * its attributes. Equal names for different tensors are refused.
 */
export function collectTensors(root: PickleValue, place: string): Map<string, PickleTensor> {
  const found = new Map<string, PickleTensor>()
  let visits = 0
  const walk = (value: PickleValue, path: string, depth: number): void => {
    if (++visits > maxVisits) refuse('limit', place, `more than ${maxVisits} values`)
    if (depth > maxDepth) refuse('limit', place, `values nested deeper than ${maxDepth}`)
    if (isKind(value, 'tensor')) return add(path, value)
    if (isKind(value, 'object')) return walkObject(value.state, path, depth + 1)
    if (isKind(value, 'dict')) return walkEntries(value.entries, path, depth + 1)
    if (isKind(value, 'list') || isKind(value, 'tuple'))
      for (const [index, item] of value.items.entries()) walk(item, join(path, String(index)), depth + 1)
  }
  const walkEntries = (entries: ReadonlyMap<PickleValue, PickleValue>, path: string, depth: number): void => {
    for (const [key, item] of entries) {
      if (typeof key === 'string' || typeof key === 'number') walk(item, join(path, String(key)), depth)
      else visits++
    }
  }
  const walkObject = (state: PickleValue, path: string, depth: number): void => {
    if (!isKind(state, 'dict')) return
    const parts = ['_parameters', '_buffers', '_modules'].map((key) => state.entries.get(key))
    if (parts[2] === undefined) return walkEntries(state.entries, path, depth)
    for (const part of parts) if (isKind(part, 'dict')) walkEntries(part.entries, path, depth)
  }
  const add = (name: string, tensor: PickleTensor): void => {
    checkTensorName(name, place)
    const known = found.get(name)
    if (known !== undefined && known !== tensor) refuse('tensor-name', place, `two tensors are called ${name}`)
    found.set(name, tensor)
    if (found.size > maxTensors) refuse('limit', place, `more than ${maxTensors} tensors`)
  }
  walk(root, '', 0)
  return found
}

/** Names become keys of maps and parts of messages, never of paths; they still have to be text of sane length. */
export function checkTensorName(name: string, place: string): void {
  if (!/^[ -~]{1,512}$/.test(name))
    refuse('tensor-name', place, `tensor name ${JSON.stringify(name.slice(0, 80))} is empty, too long or unprintable`)
}

/** The plain part of a value: dicts, lists, numbers, text. Tensors, labels and whatever is above the limits are left out. */
export function collectPlain(root: PickleValue): ReadonlyMap<string, PlainValue> {
  let count = 0
  const convert = (value: PickleValue, depth: number): PlainValue | undefined => {
    if (++count > maxPlain || depth > 8) return undefined
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return value
    if (typeof value === 'string') return value.slice(0, 4096)
    if (typeof value === 'bigint') return String(value)
    if (isKind(value, 'object')) return convert(value.state, depth + 1)
    if (isKind(value, 'dict')) return convertEntries(value.entries, depth)
    if (isKind(value, 'list') || isKind(value, 'tuple')) {
      const items = value.items.slice(0, maxPlain).map((item) => convert(item, depth + 1))
      return items.filter((item) => item !== undefined)
    }
    return undefined
  }
  const convertEntries = (entries: ReadonlyMap<PickleValue, PickleValue>, depth: number): Map<string, PlainValue> => {
    const plain = new Map<string, PlainValue>()
    for (const [key, item] of entries) {
      if (typeof key !== 'string' && typeof key !== 'number') continue
      const converted = convert(item, depth + 1)
      if (converted !== undefined) plain.set(String(key), converted)
      if (count > maxPlain) break
    }
    return plain
  }
  if (isKind(root, 'dict')) return convertEntries(root.entries, 0)
  if (isKind(root, 'object') && isKind(root.state, 'dict')) return convertEntries(root.state.entries, 0)
  return new Map()
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
