/** Sizes in pixels of the pictures in a Windows icon; the format has one byte for a size, and 0 stands for 256. */
export const icoSizes = [16, 24, 32, 48, 64, 128, 256] as const
/** Types of a macOS icon that hold PNG, with their size in pixels. */
export const icnsTypes = {
  icp4: 16,
  icp5: 32,
  ic11: 32,
  ic12: 64,
  ic07: 128,
  ic13: 256,
  ic08: 256,
  ic14: 512,
  ic09: 512,
  ic10: 1024,
} as const
/** Sizes of the PNGs of a Linux icon theme. */
export const linuxSizes = [16, 32, 48, 64, 128, 256, 512] as const

const icoHeaderBytes = 6
const icoEntryBytes = 16
const icnsHeaderBytes = 8

/** A Windows icon of PNGs: header, directory, pictures. @param pngs by size in pixels */
export function writeIco(pngs: ReadonlyMap<number, Uint8Array>): Buffer {
  const header = Buffer.alloc(icoHeaderBytes)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(pngs.size, 4)
  let offset = icoHeaderBytes + icoEntryBytes * pngs.size
  const entries = [...pngs].map(([size, png]) => {
    const entry = Buffer.alloc(icoEntryBytes)
    entry.writeUInt8(size % 256, 0)
    entry.writeUInt8(size % 256, 1)
    entry.writeUInt16LE(1, 4)
    entry.writeUInt16LE(32, 6)
    entry.writeUInt32LE(png.length, 8)
    entry.writeUInt32LE(offset, 12)
    offset += png.length
    return entry
  })
  return Buffer.concat([header, ...entries, ...pngs.values()])
}

/** A macOS icon of PNGs: each with its type and length. @param pngs by size in pixels; every size of `icnsTypes` */
export function writeIcns(pngs: ReadonlyMap<number, Uint8Array>): Buffer {
  const parts = Object.entries(icnsTypes).map(([type, size]) => {
    const png = pngs.get(size)
    if (png === undefined) throw new Error(`A picture of ${size} pixels is missing.`)
    return Buffer.concat([chunkHeader(type, png.length), png])
  })
  const body = Buffer.concat(parts)
  return Buffer.concat([chunkHeader('icns', body.length), body])
}

function chunkHeader(type: string, bytes: number): Buffer {
  const header = Buffer.alloc(icnsHeaderBytes)
  header.write(type, 'latin1')
  header.writeUInt32BE(icnsHeaderBytes + bytes, 4)
  return header
}
