import type { ByteSource } from './byte-source.ts'
import { collectPlain, collectTensors } from './collect-tensors.ts'
import { itemSize, type Dtype } from './dtype.ts'
import { loadPersistentId } from './persistent-id.ts'
import { runPickle } from './pickle-machine.ts'
import { getEntry, isKind, type PickleValue } from './pickle-value.ts'
import { refuse } from './refusal.ts'
import { storageTensors, type StorageRange } from './storage-tensors.ts'
import type { TensorSource } from './tensor-source.ts'

const magic = 0x1950a86a20f9469cfc6cn
const protocolVersion = 1001
/** The five pickles at the head; the storages behind them are read by position. */
const maxHeadBytes = 16 * 2 ** 20

/**
 * A checkpoint of `torch.save` before 1.6: the pickles magic, protocol, system, object and storage keys, then for
 * each key an int64 count and the elements.
 */
export function readTorchLegacy(source: ByteSource): TensorSource {
  const place = source.name
  const head = source.read(0, Math.min(source.size, maxHeadBytes))
  const dtypes = new Map<string, Dtype>()
  let at = 0
  const next = (): PickleValue => {
    const { value, end } = runPickle(head, {
      place: `${place} at byte ${at}`,
      start: at,
      loadPersistent: (id) => {
        const loaded = loadPersistentId(id, place)
        if (loaded.kind === 'storage') {
          if ((dtypes.get(loaded.key) ?? loaded.dtype) !== loaded.dtype)
            refuse('storage-size', place, `storage ${loaded.key} has two element types`)
          dtypes.set(loaded.key, loaded.dtype)
        }
        return loaded
      },
    })
    at = end
    return value
  }
  if (next() !== magic) refuse('format-unknown', place, 'a pickle that is no torch checkpoint')
  if (next() !== protocolVersion) refuse('format-unknown', place, `protocol version other than ${protocolVersion}`)
  if (getEntry(next(), 'little_endian') !== true) refuse('byte-order', place, 'its numbers are not little-endian')
  const root = next()
  const ranges = readStorageRanges(source, next(), at, dtypes)
  const found = collectTensors(root, place)
  if (found.size === 0) refuse('header', place, 'it holds no tensors')
  const { tensors, readFloat32 } = storageTensors(source, found, (key) => ranges.get(key))
  return {
    format: 'torch-legacy',
    fileName: place,
    tensors,
    metadata: collectPlain(root),
    readFloat32,
    close: () => source.close(),
  }
}

function readStorageRanges(
  source: ByteSource,
  keys: PickleValue,
  start: number,
  dtypes: ReadonlyMap<string, Dtype>,
): Map<string, StorageRange> {
  if (!isKind(keys, 'list')) return refuse('header', source.name, 'no list of storage keys')
  const ranges = new Map<string, StorageRange>()
  let at = start
  for (const key of keys.items) {
    const dtype = typeof key === 'string' ? dtypes.get(key) : undefined
    if (typeof key !== 'string' || dtype === undefined || ranges.has(key))
      return refuse('storage-missing', source.name, `storage key ${String(key).slice(0, 80)} is unknown or repeated`)
    const bytes = source.read(at, 8)
    const count = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true))
    const size = count * itemSize(dtype)
    if (count < 0 || at + 8 + size > source.size)
      refuse('truncated', source.name, `storage ${key} of ${count} elements is not in the file`)
    ranges.set(key, { offset: at + 8, bytes: size, crc: null })
    at += 8 + size
  }
  if (at !== source.size) refuse('trailing-bytes', source.name, `${source.size - at} bytes after the last storage`)
  return ranges
}
