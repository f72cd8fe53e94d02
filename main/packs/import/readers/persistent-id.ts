import { storageDtypes } from './pickle-names.ts'
import { isKind, type PickleName, type PickleStorage, type PickleValue } from './pickle-value.ts'
import { refuse } from './refusal.ts'

/**
 * What torch puts in place of a storage: `('storage', type, key, device, count)`, in legacy files with a sixth part
 * `null` or `(key, offset, count)`; and `('module', class, file, source text)` for the class of a whole-module pickle.
 */
export function loadPersistentId(id: PickleValue, place: string): PickleStorage | PickleName {
  const bad = (reason: string): never => refuse('pickle-persistent', place, reason)
  if (!isKind(id, 'tuple')) return bad('a persistent id that is not a tuple')
  const [tag, type, key, , count, view] = id.items
  if (tag === 'module') return isKind(type, 'name') ? type : bad('a module without a class')
  if (tag !== 'storage' || !isKind(type, 'name')) return bad('a persistent id that is not a storage')
  const dtype = storageDtypes.get(type.path)
  if (dtype === undefined) return refuse('dtype', place, `storage type ${type.path}`)
  if (typeof key !== 'string' || !/^[A-Za-z0-9_]{1,64}$/.test(key)) return bad('a storage key that is not a plain name')
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) return bad('a storage without a size')
  let viewOffset = 0
  if (view !== undefined && view !== null) {
    const offset = isKind(view, 'tuple') ? view.items[1] : undefined
    if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0)
      return bad('a malformed storage view')
    viewOffset = offset
  }
  return { kind: 'storage', dtype, key, count, viewOffset }
}
