import { crc32 } from 'node:zlib'

/** A member to write; everything but name and data can be made to lie, in either of its two headers. */
export interface MadeMember {
  readonly name: string
  readonly data: Uint8Array
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly mode?: number
  readonly central?: Partial<HeaderFields>
  readonly local?: Partial<HeaderFields>
  /** Where the directory says the local header is. */
  readonly localOffset?: number
  /** Listed in the directory, but its bytes are not written again. */
  readonly isDirectoryOnly?: boolean
}
interface HeaderFields {
  readonly name: string
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
}

export interface MadeZip {
  readonly prefix?: Uint8Array
  readonly suffix?: Uint8Array
  readonly comment?: string
  readonly count?: number
  readonly directoryOffset?: number
  readonly directorySize?: number
  readonly disk?: number
  readonly gap?: Uint8Array
}

export function makeZip(members: readonly MadeMember[], options: MadeZip = {}): Buffer {
  const parts: Uint8Array[] = [options.prefix ?? Buffer.alloc(0)]
  const directory: Uint8Array[] = []
  let at = parts[0]?.length ?? 0
  for (const member of members) {
    const honest: HeaderFields = {
      name: member.name,
      method: member.method ?? 0,
      flags: member.flags ?? 0,
      crc: member.crc ?? crc32(member.data),
      compressedSize: member.data.length,
      size: member.data.length,
    }
    const local = localHeader({ ...honest, ...member.local })
    directory.push(centralHeader({ ...honest, ...member.central }, member.localOffset ?? at, member.mode ?? 0))
    if (member.isDirectoryOnly === true) continue
    parts.push(local, member.data)
    at += local.length + member.data.length
  }
  const directoryBytes = Buffer.concat(directory)
  const gap = options.gap ?? Buffer.alloc(0)
  const comment = Buffer.from(options.comment ?? '')
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(options.disk ?? 0, 4)
  end.writeUInt16LE(options.count ?? members.length, 8)
  end.writeUInt16LE(options.count ?? members.length, 10)
  end.writeUInt32LE(options.directorySize ?? directoryBytes.length, 12)
  end.writeUInt32LE(options.directoryOffset ?? at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...parts, directoryBytes, gap, end, comment, options.suffix ?? Buffer.alloc(0)])
}

function localHeader(fields: HeaderFields): Buffer {
  const name = Buffer.from(fields.name, 'latin1')
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(fields.flags, 6)
  header.writeUInt16LE(fields.method, 8)
  header.writeUInt32LE(fields.crc, 14)
  header.writeUInt32LE(fields.compressedSize, 18)
  header.writeUInt32LE(fields.size, 22)
  header.writeUInt16LE(name.length, 26)
  return Buffer.concat([header, name])
}

function centralHeader(fields: HeaderFields, localOffset: number, mode: number): Buffer {
  const name = Buffer.from(fields.name, 'latin1')
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(fields.flags, 8)
  header.writeUInt16LE(fields.method, 10)
  header.writeUInt32LE(fields.crc, 16)
  header.writeUInt32LE(fields.compressedSize, 20)
  header.writeUInt32LE(fields.size, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt32LE(mode * 65536, 38)
  header.writeUInt32LE(localOffset, 42)
  return Buffer.concat([header, name])
}

/** A torch checkpoint: the pickle and its storages. */
export function torchMembers(pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>>): MadeMember[] {
  return [
    { name: 'archive/data.pkl', data: pickle },
    ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
    { name: 'archive/version', data: Buffer.from('3\n') },
  ]
}
