import type { ByteSource } from './byte-source.ts'
import { collectPlain, collectTensors } from './collect-tensors.ts'
import { loadPersistentId } from './persistent-id.ts'
import { runPickle } from './pickle-machine.ts'
import { refuse } from './refusal.ts'
import { storageTensors } from './storage-tensors.ts'
import type { TensorSource } from './tensor-source.ts'
import { readMember, readZip } from './zip.ts'

const maxPickleBytes = 16 * 2 ** 20

/**
 * A checkpoint of `torch.save` (1.6 and later) or a TorchScript archive: `<folder>/data.pkl` and one stored member a
 * storage. The code of a TorchScript archive is not looked at.
 */
export function readTorchZip(source: ByteSource): TensorSource {
  const archive = readZip(source)
  const programs = [...archive.members.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name))
  const program = programs[0]
  if (program === undefined || programs.length > 1)
    return refuse('format-unknown', source.name, 'a zip archive without exactly one data.pkl is no torch checkpoint')
  const folder = program.name.slice(0, -'data.pkl'.length)
  const order = archive.members.get(`${folder}byteorder`)
  if (order !== undefined && Buffer.from(readMember(archive, order, 16)).toString() !== 'little')
    refuse('byte-order', source.name, 'its numbers are not little-endian')
  const bytes = readMember(archive, program, maxPickleBytes)
  const place = `${source.name}/${program.name}`
  const { value, end } = runPickle(bytes, { place, loadPersistent: (id) => loadPersistentId(id, place) })
  if (end !== bytes.length) refuse('trailing-bytes', place, `${bytes.length - end} bytes after STOP`)
  const isScript = archive.members.has(`${folder}constants.pkl`)
  const found = collectTensors(value, place)
  if (found.size === 0) refuse('header', place, 'it holds no tensors')
  const { tensors, readFloat32 } = storageTensors(source, found, (key) => {
    const member = archive.members.get(`${folder}data/${key}`)
    if (member === undefined) return undefined
    if (!member.isStored) refuse('zip-method', `${source.name}/${member.name}`, 'a compressed storage')
    return { offset: member.offset, bytes: member.size, crc: member.crc }
  })
  return {
    format: isScript ? 'torchscript' : 'torch-zip',
    fileName: source.name,
    tensors,
    metadata: collectPlain(value),
    readFloat32,
    close: () => source.close(),
  }
}
