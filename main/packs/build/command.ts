import { parseArgs } from 'node:util'

import { readWeights } from '../weights/read-weights.ts'

import { buildPack } from './build-pack.ts'

const usage = 'node main/packs/build/command.ts [--storage float32|float16] WEIGHTS_FOLDER PACK_FOLDER'

const { values, positionals } = parseArgs({
  options: { storage: { type: 'string', default: 'float32' } },
  allowPositionals: true,
})
const [weightsFolder, packFolder] = positionals
const { storage } = values
if (
  weightsFolder === undefined ||
  packFolder === undefined ||
  positionals.length > 2 ||
  (storage !== 'float32' && storage !== 'float16')
) {
  console.error(`Usage: ${usage}`)
  process.exitCode = 2
} else {
  const { id, version, files } = await buildPack(await readWeights(weightsFolder), packFolder, { storage })
  const bytes = Object.values(files).reduce((total, file) => total + file.bytes, 0)
  console.log(`${id} ${version}: ${Object.keys(files).length} files, ${(bytes / 1e6).toFixed(1)} MB in ${packFolder}`)
}
