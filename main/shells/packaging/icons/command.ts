import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import sharp from 'sharp'

import { icnsTypes, icoSizes, linuxSizes, writeIcns, writeIco } from './icon-files.ts'

// node main/shells/packaging/icons/command.ts [PICTURE]: icons of all three systems out of a picture that Easel drew. The picture is kept
// beside them with its receipt, so that `easel verify` can draw it again.

const resources = resolve(import.meta.dirname, '../resources')
const kept = join(resources, 'drawn-with-easel.png')
const given = process.argv[2]
const drawn = await readFile(given ?? kept)
await mkdir(join(resources, 'icons'), { recursive: true })
if (given !== undefined) await writeFile(kept, drawn)

/** Of the full square, as Apple's grid has it: the rest is air. */
const plateShare = 0.82
const cornerShare = 0.225

const pngs = new Map<number, Buffer>()
for (const size of new Set([...icoSizes, ...Object.values(icnsTypes), ...linuxSizes])) pngs.set(size, await draw(size))
const of = (sizes: readonly number[]) => new Map(sizes.map((size) => [size, pngs.get(size) ?? Buffer.alloc(0)]))

await writeFile(join(resources, 'icon.ico'), writeIco(of(icoSizes)))
await writeFile(join(resources, 'icon.icns'), writeIcns(pngs))
for (const [size, png] of of(linuxSizes)) await writeFile(join(resources, 'icons', `${size}x${size}.png`), png)

/** The picture on a plate with round corners. Small ones fill the whole square: there is no pixel to spare. */
async function draw(size: number): Promise<Buffer> {
  const plate = size <= 48 ? size : Math.round((size * plateShare) / 2) * 2
  const radius = Math.round(plate * cornerShare)
  const mask = Buffer.from(
    `<svg width="${plate}" height="${plate}"><rect width="${plate}" height="${plate}" rx="${radius}"/></svg>`,
  )
  const air = (size - plate) / 2
  const kernel = plate > 192 ? 'cubic' : 'lanczos3'
  return sharp(drawn)
    .resize(plate, plate, { kernel })
    .ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }])
    .extend({ top: air, bottom: air, left: air, right: air, background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png({ compressionLevel: 9, palette: size > 256 })
    .toBuffer()
}
