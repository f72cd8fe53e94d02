import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'

import { readPictureMetadata } from '#main/library/png/picture-metadata.ts'
import { icnsTypes, icoSizes, linuxSizes } from './icon-files.ts'

const resources = join(import.meta.dirname, '../resources')
const read = (name: string): Buffer => readFileSync(join(resources, name))
const sizeOf = async (png: Buffer): Promise<readonly number[]> => {
  const { format, width, height } = await sharp(png).metadata()
  return format === 'png' ? [width, height] : []
}

test('the icon was drawn with Easel: its picture carries a receipt', () => {
  expect(readPictureMetadata(read('drawn-with-easel.png'))).toMatchObject({ origin: 'easel', prompt: 'a rocket' })
})

test('the Windows icon holds every size as a picture', async () => {
  const ico = read('icon.ico')
  expect([ico.readUInt16LE(0), ico.readUInt16LE(2), ico.readUInt16LE(4)]).toEqual([0, 1, icoSizes.length])
  for (const [place, size] of icoSizes.entries()) {
    const entry = ico.subarray(6 + place * 16)
    const [bytes, offset] = [entry.readUInt32LE(8), entry.readUInt32LE(12)]
    expect([entry[0], entry[1]]).toEqual([size % 256, size % 256])
    expect(await sizeOf(ico.subarray(offset, offset + bytes))).toEqual([size, size])
  }
})

test('the macOS icon holds every type as a picture', async () => {
  const icns = read('icon.icns')
  expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length])
  const found: Record<string, number | undefined> = {}
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
    const png = icns.subarray(at + 8, at + icns.readUInt32BE(at + 4))
    found[icns.toString('latin1', at, at + 4)] = (await sizeOf(png))[0]
  }
  expect(found).toEqual(icnsTypes)
})

test('the icon theme of Linux has every size', async () => {
  for (const size of linuxSizes) expect(await sizeOf(read(`icons/${size}x${size}.png`))).toEqual([size, size])
})
