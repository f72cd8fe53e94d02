/** A member of a made tar; `size` may lie, and NaN is written as no number. */
export interface MadeTarMember {
  readonly name: string
  readonly data?: Uint8Array
  /** The type flag: `0` a file, `1` a hard link, `2` a symlink, `3` a character device, `5` a folder, `6` a pipe, `L` a long name. */
  readonly type?: string
  readonly linkname?: string
  readonly size?: number
}

/** Writes a tar archive (ustar), honest or not. For the hostile corpus only. */
export function makeTar(members: readonly MadeTarMember[]): Buffer {
  const parts = members.flatMap(({ name, data = Buffer.alloc(0), type = '0', linkname = '', size = data.length }) => {
    const header = Buffer.alloc(512)
    header.write(name, 0, 100)
    header.write('0000644\0', 100)
    header.write('0000000\0', 108)
    header.write('0000000\0', 116)
    if (Number.isNaN(size)) header.fill(0x90, 124, 136)
    else header.write(size.toString(8).padStart(11, '0'), 124)
    header.write('00000000000\0', 136)
    header.write(type, 156)
    header.write(linkname, 157, 100)
    header.write('ustar\x0000', 257, 'latin1')
    writeChecksum(header)
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

function writeChecksum(header: Buffer): void {
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

/** The archive with right checksums in what still looks like headers: a reader then looks at what was mutated instead of refusing it unread. */
export function withChecksums(tar: Uint8Array): Buffer {
  const repaired = Buffer.from(tar)
  for (let at = 0; at + 512 <= repaired.length; at += 512) {
    const block = repaired.subarray(at, at + 512)
    if (block.toString('latin1', 257, 262) === 'ustar') writeChecksum(block)
  }
  return repaired
}
