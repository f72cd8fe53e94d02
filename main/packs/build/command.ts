/** `node main/packs/build/command.ts [options] WEIGHTS_FOLDER PACK_FOLDER`: a pack from a folder of docs/weights-format.md. */
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'

import { measureCacheRanges } from '../golden/cache-ranges.ts'
import { drawGolden } from '../golden/golden-runs.ts'
import { validatePack } from '../validate/validate-pack.ts'
import { readWeights } from '../weights/read-weights.ts'

import { buildPack } from './build-pack.ts'

const { values, positionals } = parseArgs({
  options: { storage: { type: 'string', default: 'float32' }, golden: { type: 'boolean', default: true } },
  allowPositionals: true,
  allowNegative: true,
})
const [weightsFolder, packFolder, ...rest] = positionals
const { storage, golden } = values

if (weightsFolder === undefined || packFolder === undefined || rest.length > 0 || !isStorage(storage)) {
  console.error('Usage: command.ts [--storage float32|float16] [--no-golden] WEIGHTS_FOLDER PACK_FOLDER')
  process.exitCode = 2
} else if (existsSync(packFolder) && readdirSync(packFolder).length > 0) {
  console.error(`${packFolder} is not empty: name a folder that is empty or not there yet. Nothing was written.`)
  process.exitCode = 2
} else {
  const engine = new EngineHost(() => forkEngine())
  try {
    await buildPack(await readWeights(weightsFolder), packFolder, {
      storage,
      measureCache: golden ? (folder, manifest) => measureCacheRanges(engine, folder, manifest) : undefined,
      drawGolden: golden ? (folder, manifest) => drawGolden(engine, folder, manifest) : undefined,
    })
  } finally {
    await engine.close()
  }
  const { manifest, bytes } = await validatePack(packFolder)
  const files = Object.entries(manifest.files).map(
    ([file, listed]) => `  ${file} ${(listed.bytes / 1e6).toFixed(2)} MB`,
  )
  console.log(`${manifest.id} ${manifest.version}: ${(bytes / 1e6).toFixed(1)} MB\n${files.join('\n')}`)
}

function isStorage(value: string): value is 'float32' | 'float16' {
  return value === 'float32' || value === 'float16'
}
