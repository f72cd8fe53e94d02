// A synthetic library to measure with: node main/library/reliability/make-library.ts FOLDER [--pictures N] [--days N] [--no-files]
import { existsSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'

import { nodeFileSystem } from '../files/file-system.ts'
import { openObjectStore } from '../files/object-store.ts'
import { databaseName } from '../library-folder.ts'
import { createRandom } from '../testing/sample.ts'
import { makeSyntheticDatabase, syntheticHash } from './synthetic-library.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pictures: { type: 'string', default: '100000' },
    days: { type: 'string', default: '1000' },
    'no-files': { type: 'boolean', default: false },
  },
})
const [folder] = positionals
const pictures = Number(values.pictures)
if (folder === undefined || !Number.isInteger(pictures) || pictures < 1) {
  console.error('make-library FOLDER [--pictures N] [--days N] [--no-files]')
  process.exit(2)
}
if (existsSync(join(folder, databaseName))) {
  console.error(`There is a library in ${folder} already.`)
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
makeSyntheticDatabase(join(folder, databaseName), {
  pictures,
  spacingMs: (Number(values.days) * 86_400_000) / pictures,
})
if (!values['no-files']) await makeFiles(folder, pictures)

/** Some hundred different pictures, each under many names: a file system has no more links to one file than about 65 000. */
async function makeFiles(library: string, count: number): Promise<void> {
  const objects = openObjectStore(nodeFileSystem, library)
  const random = createRandom(5)
  const variants: string[] = []
  for (let n = 0; n < count; n++) {
    const file = objects.path(syntheticHash(n))
    mkdirSync(dirname(file), { recursive: true })
    const variant = variants[n % 128]
    if (variant !== undefined) linkSync(variant, file)
    else {
      writeFileSync(file, await drawFlat(random))
      variants.push(file)
    }
  }
}

/** A flat picture of 256 × 256: a ground and some shapes. */
function drawFlat(random: () => number): Promise<Buffer> {
  const colour = () => `hsl(${Math.floor(random() * 360)} ${40 + random() * 50}% ${30 + random() * 50}%)`
  const place = () => Math.floor(random() * 256)
  const shapes = Array.from({ length: 5 }, () =>
    random() < 0.5
      ? `<circle cx="${place()}" cy="${place()}" r="${20 + random() * 60}" fill="${colour()}"/>`
      : `<rect x="${place()}" y="${place()}" width="${20 + random() * 120}" height="${20 + random() * 120}" fill="${colour()}"/>`,
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="${colour()}"/>${shapes.join('')}</svg>`
  return sharp(Buffer.from(svg)).png().toBuffer()
}
