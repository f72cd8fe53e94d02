import { crc32 } from 'node:zlib'

import type { ByteSource } from './byte-source.ts'
import { checkMemberName, collisionKey } from './member-name.ts'
import { refuse } from './refusal.ts'

/** A member of a zip archive whose headers agree. `offset` is where its bytes begin. */
export interface ZipMember {
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly crc: number
  readonly isStored: boolean
}

export interface ZipArchive {
  readonly source: ByteSource
  readonly members: ReadonlyMap<string, ZipMember>
}

const endSize = 22
const end64Size = 56
const locatorSize = 20
const maxMembers = 10_000
const maxDirectoryBytes = 8 * 2 ** 20

/**
 * Reads the directory of a zip archive and checks it against every local header (targets B.2): sizes, names, methods,
 * overlap, duplicates, special files. Nothing is extracted. PyTorch writes members stored, without a comment and with
 * nothing before or after the archive, so all of that is required: two parsers cannot then see two different archives.
 */
export function readZip(source: ByteSource): ZipArchive {
  const end = readEnd(source)
  const directory = source.read(end.directoryOffset, end.directorySize)
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength)
  const members = new Map<string, ZipMember>()
  const keys = new Set<string>()
  const ranges: { start: number; end: number; name: string }[] = []
  let at = 0
  for (let index = 0; index < end.count; index++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== 0x02014b50)
      refuse('zip-structure', source.name, `directory record ${index} is missing`)
    const record = readRecord(source.name, directory, view, at)
    at = record.next
    checkMemberName(record.name, source.name, 'zip-name')
    const key = collisionKey(record.name.replace(/\/$/, ''))
    if (keys.has(key)) refuse('zip-duplicate', source.name, `two members are called ${record.name}`)
    keys.add(key)
    const { dataOffset, dataEnd } = checkLocal(source, record, end.directoryOffset)
    ranges.push({ start: record.localOffset, end: dataEnd, name: record.name })
    members.set(record.name, {
      name: record.name,
      offset: dataOffset,
      size: record.size,
      crc: record.crc,
      isStored: record.method === 0,
    })
  }
  if (at !== directory.length) refuse('zip-structure', source.name, 'the directory holds more than its records')
  checkOverlap(source.name, ranges)
  return { source, members }
}

/** The bytes of a small stored member, checked against its CRC-32. */
export function readMember(archive: ZipArchive, member: ZipMember, maxBytes: number): Uint8Array {
  const place = `${archive.source.name}/${member.name}`
  if (!member.isStored) refuse('zip-method', place, 'it is compressed; checkpoint members are stored')
  if (member.size > maxBytes) refuse('limit', place, `${member.size} bytes, allowed are ${maxBytes}`)
  const bytes = archive.source.read(member.offset, member.size)
  if (crc32(bytes) !== member.crc) refuse('checksum', place, 'CRC-32 differs')
  return bytes
}

interface EndRecord {
  readonly count: number
  readonly directoryOffset: number
  readonly directorySize: number
}

function readEnd(source: ByteSource): EndRecord {
  const bad = (reason: string): never => refuse('zip-structure', source.name, reason)
  if (source.size < endSize) bad('too short for a zip archive')
  const view = viewOf(source.read(source.size - endSize, endSize))
  if (view.getUint32(0, true) !== 0x06054b50) bad('no end record at the end of the file (a comment is not allowed)')
  if (view.getUint16(20, true) !== 0) bad('an archive comment is not allowed')
  if (view.getUint16(4, true) !== 0 || view.getUint16(6, true) !== 0) bad('it spans several disks')
  let count = view.getUint16(10, true)
  let directorySize = view.getUint32(12, true)
  let directoryOffset = view.getUint32(16, true)
  let tail = source.size - endSize
  const isZip64Needed = count === 0xffff || directorySize === 0xffffffff || directoryOffset === 0xffffffff
  const locator = tail >= locatorSize ? viewOf(source.read(tail - locatorSize, locatorSize)) : null
  if (locator?.getUint32(0, true) === 0x07064b50) {
    tail -= locatorSize + end64Size
    if (tail < 0 || readUint64(locator, 8) !== tail) bad('the zip64 end record is not where its locator says')
    const end64 = viewOf(source.read(tail, end64Size))
    if (end64.getUint32(0, true) !== 0x06064b50) bad('no zip64 end record')
    const wide = { count: readUint64(end64, 32), size: readUint64(end64, 40), offset: readUint64(end64, 48) }
    const isSame = (narrow: number, limit: number, full: number): boolean => narrow === limit || narrow === full
    if (
      !isSame(count, 0xffff, wide.count) ||
      !isSame(directorySize, 0xffffffff, wide.size) ||
      !isSame(directoryOffset, 0xffffffff, wide.offset)
    )
      refuse('zip-disagreement', source.name, 'the end record and the zip64 end record differ')
    count = wide.count
    directorySize = wide.size
    directoryOffset = wide.offset
  } else if (isZip64Needed) bad('the zip64 end record is missing')
  if (count > maxMembers) refuse('limit', source.name, `${count} members, allowed are ${maxMembers}`)
  if (directorySize > maxDirectoryBytes) refuse('limit', source.name, `a directory of ${directorySize} bytes`)
  if (directoryOffset + directorySize !== tail) bad('the directory does not end where the end record begins')
  return { count, directoryOffset, directorySize }
}

interface DirectoryRecord {
  readonly name: string
  readonly rawName: Uint8Array
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly size: number
  readonly compressedSize: number
  readonly localOffset: number
  readonly next: number
}

function readRecord(place: string, directory: Uint8Array, view: DataView, at: number): DirectoryRecord {
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  const nameLength = view.getUint16(at + 28, true)
  const extraLength = view.getUint16(at + 30, true)
  const commentLength = view.getUint16(at + 32, true)
  const next = at + 46 + nameLength + extraLength + commentLength
  if (next > directory.length) refuse('truncated', place, 'a directory record leaves the directory')
  const rawName = directory.subarray(at + 46, at + 46 + nameLength)
  const name = decodeName(place, rawName)
  if ((flags & 0x2041) !== 0) refuse('zip-method', `${place}/${name}`, 'it is encrypted')
  if (method !== 0 && method !== 8) refuse('zip-method', `${place}/${name}`, `compression method ${method}`)
  const kind = (view.getUint32(at + 38, true) >>> 16) & 0xf000
  const isFolder = name.endsWith('/')
  if (kind !== 0 && kind !== (isFolder ? 0x4000 : 0x8000))
    refuse('zip-kind', `${place}/${name}`, `file kind 0x${kind.toString(16)}; only plain files are allowed`)
  let size = view.getUint32(at + 24, true)
  let compressedSize = view.getUint32(at + 20, true)
  let localOffset = view.getUint32(at + 42, true)
  if (size === 0xffffffff || compressedSize === 0xffffffff || localOffset === 0xffffffff) {
    const wide = readZip64Extra(`${place}/${name}`, view, at + 46 + nameLength, extraLength)
    if (size === 0xffffffff) size = wide()
    if (compressedSize === 0xffffffff) compressedSize = wide()
    if (localOffset === 0xffffffff) localOffset = wide()
  }
  if (method === 0 && size !== compressedSize)
    refuse('zip-disagreement', `${place}/${name}`, 'a stored member with two different sizes')
  return { name, rawName, flags, method, crc: view.getUint32(at + 16, true), size, compressedSize, localOffset, next }
}

function readZip64Extra(place: string, view: DataView, start: number, length: number): () => number {
  for (let at = start; at + 4 <= start + length;) {
    const fieldLength = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === 1) {
      const end = Math.min(at + 4 + fieldLength, start + length)
      let next = at + 4
      return () => {
        if (next + 8 > end) refuse('zip-structure', place, 'the zip64 field is too short')
        next += 8
        return readUint64(view, next - 8)
      }
    }
    at += 4 + fieldLength
  }
  return () => refuse('zip-structure', place, 'the zip64 field is missing')
}

function checkLocal(
  source: ByteSource,
  record: DirectoryRecord,
  directoryOffset: number,
): { dataOffset: number; dataEnd: number } {
  const place = `${source.name}/${record.name}`
  if (record.localOffset + 30 > directoryOffset) refuse('truncated', place, 'its local header is outside the file')
  const head = source.read(record.localOffset, 30)
  const view = viewOf(head)
  const differ = (what: string): never => refuse('zip-disagreement', place, `${what} differs in the local header`)
  if (view.getUint32(0, true) !== 0x04034b50) refuse('zip-structure', place, 'no local header')
  if (view.getUint16(6, true) !== record.flags) differ('flags')
  if (view.getUint16(8, true) !== record.method) differ('method')
  const nameLength = view.getUint16(26, true)
  const dataOffset = record.localOffset + 30 + nameLength + view.getUint16(28, true)
  const dataEnd = dataOffset + record.compressedSize
  if (dataEnd > directoryOffset) refuse('truncated', place, `${record.compressedSize} bytes are not in the file`)
  if (nameLength !== record.rawName.length) differ('name')
  const localName = source.read(record.localOffset + 30, nameLength)
  if (!localName.every((byte, index) => byte === record.rawName[index])) differ('name')
  // With flag bit 3 the sizes follow the data and the local header may hold zeros.
  const isDeferred = (record.flags & 8) !== 0
  const agrees = (local: number, central: number): boolean =>
    local === central || local === 0xffffffff || (isDeferred && local === 0)
  if (!agrees(view.getUint32(14, true), record.crc)) differ('CRC-32')
  if (!agrees(view.getUint32(18, true), record.compressedSize)) differ('compressed size')
  if (!agrees(view.getUint32(22, true), record.size)) differ('size')
  return { dataOffset, dataEnd }
}

function checkOverlap(place: string, ranges: { start: number; end: number; name: string }[]): void {
  ranges.sort((a, b) => a.start - b.start)
  let previousEnd = 0
  for (const [index, range] of ranges.entries()) {
    if (index === 0 && range.start !== 0) refuse('zip-structure', place, 'there are bytes before the first member')
    if (range.start < previousEnd) refuse('zip-overlap', place, `${range.name} shares bytes with another member`)
    previousEnd = range.end
  }
}

function decodeName(place: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return refuse('zip-name', place, 'a member name is not UTF-8')
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Sizes above 2^53 cannot belong to a real file; they are clamped to a value every range check refuses. */
function readUint64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true)
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
}
