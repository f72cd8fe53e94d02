/**
 * `node main/engine/bench/precision.ts [--prompts 64] [--candidates 4] [--threads 1] [--pack FOLDER] [--report docs/performance.md]`: what int8 weights and an int8 cache do
 * to the pictures of a pack, by default the one that ships, as one JSON object; `--report` writes the section of that page anew. Some two minutes on one idle core.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { measurePrecision } from './measure-precision.ts'
import { openBenchPack } from './measure-run.ts'
import { precisionSection, withSection } from './precision-section.ts'

const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '64' },
    candidates: { type: 'string', default: '4' },
    threads: { type: 'string', default: '1' },
    pack: { type: 'string' },
    report: { type: 'string' },
  },
})
const [prompts, candidates, threads] = [values.prompts, values.candidates, values.threads].map(Number)
const isWhole = (value: number | undefined): value is number => Number.isInteger(value) && Number(value) >= 1
if (!isWhole(prompts) || !isWhole(candidates) || !isWhole(threads)) {
  console.error('--prompts, --candidates and --threads must be whole numbers from 1.')
  process.exit(2)
}
const pack = await openBenchPack(values.pack)
const measured = await measurePrecision(pack, threads, prompts, candidates)
await pack.remove()
if (values.report !== undefined) {
  await writeFile(values.report, withSection(await readFile(values.report, 'utf8'), precisionSection(measured)))
}
console.log(JSON.stringify(measured, null, 2))
