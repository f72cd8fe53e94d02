/**
 * `node main/packs/import/testing/full-size.ts dalle-mini|dalle-mega|min-dall-e|rudalle-v3 FOLDER`: writes a checkpoint of the published size with
 * random weights (needs PyTorch), imports it, and prints time, throughput and peak memory as JSON. The pack is left in
 * FOLDER/packs, for `EASEL_PACKS=FOLDER/packs easel generate …`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { importCheckpoint } from '../doctor/import-checkpoint.ts'

const [family = '', folder = ''] = process.argv.slice(2)
const source = join(folder, family)
const maker = fileURLToPath(new URL('../fixtures-py/full_size.py', import.meta.url))
if (!existsSync(source)) execFileSync('/usr/bin/python3', ['-B', maker, source, family], { stdio: 'inherit' })
const files = readdirSync(source).map((name) => join(source, name))
const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)

let stage = ''
const start = performance.now()
const stages: Record<string, number> = {}
const report = await importCheckpoint({
  files,
  packsFolder: join(folder, 'packs'),
  name: family,
  onProgress: (progress) => {
    if (progress.stage === stage) return
    stage = progress.stage
    stages[stage] = Math.round((performance.now() - start) / 100) / 10
  },
})
const { parts: _, ...short } = report
console.log(
  JSON.stringify(
    {
      ...short,
      checkpointMb: Math.round(bytes / 1e6),
      seconds: Math.round((performance.now() - start) / 100) / 10,
      secondsAtStartOf: stages,
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    },
    null,
    2,
  ),
)
