import { isKind, type PickleDict, type PickleTensor, type PickleValue } from './pickle-value.ts'
import type { Rule } from './refusal.ts'

type RefuseCall = (rule: Rule, reason: string) => never

/** The built-in meaning of each of `knownCalls`. */
export function callKnown(path: string, args: readonly PickleValue[], refuse: RefuseCall): PickleValue {
  switch (path) {
    case 'torch._utils._rebuild_tensor_v2':
    case 'torch._utils._rebuild_tensor':
      return rebuildTensor(args, refuse)
    case 'torch._utils._rebuild_parameter':
      return isKind(args[0], 'tensor') ? args[0] : refuse('pickle-call', 'its argument is not a tensor')
    case 'collections.OrderedDict':
      return orderedDict(args[0], refuse)
    case 'collections.defaultdict':
      return { kind: 'dict', entries: new Map() }
    case 'torch.Size':
    case 'torch.jit._pickle.build_intlist':
    case 'torch.jit._pickle.build_doublelist':
    case 'torch.jit._pickle.build_boollist':
    case 'torch.jit._pickle.build_tensorlist':
    case 'torch.jit._pickle.restore_type_tag':
      return isKind(args[0], 'list') || isKind(args[0], 'tuple') || isKind(args[0], 'dict')
        ? args[0]
        : refuse('pickle-call', 'its argument is not a list')
    case 'torch.device':
      return { kind: 'object', className: path, state: null }
    case '_codecs.encode':
      return typeof args[0] === 'string' && (args[1] === 'latin1' || args[1] === 'latin-1')
        ? { kind: 'bytes', bytes: Uint8Array.from(Buffer.from(args[0], 'latin1')) }
        : refuse('pickle-call', 'only Latin-1 text')
    case 'builtins.set':
    case '__builtin__.set':
    case 'builtins.frozenset': {
      const items = args[0]
      if (items === undefined) return { kind: 'set', items: new Set() }
      return isKind(items, 'list') || isKind(items, 'tuple')
        ? { kind: 'set', items: new Set(items.items) }
        : refuse('pickle-call', 'its argument is not a list')
    }
    default:
      return refuse('pickle-call', 'no such call')
  }
}

function orderedDict(pairs: PickleValue | undefined, refuse: RefuseCall): PickleDict {
  const entries = new Map<PickleValue, PickleValue>()
  if (pairs === undefined) return { kind: 'dict', entries }
  if (!isKind(pairs, 'list')) return refuse('pickle-call', 'its argument is not a list of pairs')
  for (const pair of pairs.items) {
    if (!(isKind(pair, 'tuple') || isKind(pair, 'list')) || pair.items.length !== 2)
      return refuse('pickle-call', 'its argument is not a list of pairs')
    entries.set(pair.items[0] ?? null, pair.items[1] ?? null)
  }
  return { kind: 'dict', entries }
}

/** `(storage, offset, shape, strides, …)`; bounds in checked arithmetic. */
function rebuildTensor(args: readonly PickleValue[], refuse: RefuseCall): PickleTensor {
  const [storage, offset] = args
  if (!isKind(storage, 'storage')) return refuse('pickle-call', 'its first argument is not a storage')
  const shape = integers(args[2], refuse)
  const strides = integers(args[3], refuse)
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0)
    return refuse('tensor-bounds', 'an offset that is not a natural number')
  if (shape.length !== strides.length || shape.length > 8)
    return refuse('tensor-layout', `${shape.length} sizes and ${strides.length} strides`)
  let last = offset + storage.viewOffset
  let count = 1
  for (const [axis, size] of shape.entries()) {
    const stride = strides[axis] ?? 0
    count *= size
    if (size > 1 && stride === 0) return refuse('tensor-layout', 'an expanded tensor')
    last += Math.max(0, size - 1) * stride
    if (!Number.isSafeInteger(last) || !Number.isSafeInteger(count))
      return refuse('tensor-bounds', 'a shape that overflows')
  }
  if (count > 0 && last >= storage.count)
    return refuse('tensor-bounds', `it reaches element ${last} of a storage of ${storage.count}`)
  return { kind: 'tensor', storage, offset: offset + storage.viewOffset, shape, strides }
}

function integers(value: PickleValue | undefined, refuse: RefuseCall): number[] {
  if (!isKind(value, 'tuple') && !isKind(value, 'list')) return refuse('pickle-call', 'a shape that is not a tuple')
  return value.items.map((item) =>
    typeof item === 'number' && Number.isSafeInteger(item) && item >= 0
      ? item
      : refuse('tensor-bounds', 'a size or stride that is not a natural number'),
  )
}
