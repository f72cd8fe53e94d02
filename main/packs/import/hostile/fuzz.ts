/**
 * `node main/packs/import/hostile/fuzz.ts [--runs 100000] [--seed 1]`: mutated inputs for each reader. Fails on an error that is
 * no refusal, and on an input that takes more than a second of processor time; it prints the seed that repeats it. For the night.
 */
import { parseArgs } from 'node:util'

import { goodFiles } from './good-files.ts'
import { mutate, randomNumbers } from './mutate.ts'
import { readBytes } from './read-bytes.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const runs = Number(values.runs)
const firstSeed = Number(values.seed)

for (const [format, good] of Object.entries(goodFiles)) {
  if (format === 'bundle') continue
  const rules = new Map<string, number>()
  let slowest = 0
  for (let run = 0; run < runs; run++) {
    const seed = firstSeed + run
    const next = randomNumbers(seed)
    const bytes = mutate(good, 1 + Math.floor(next() * 6), next)
    const start = process.cpuUsage()
    try {
      const rule = readBytes(bytes)
      rules.set(rule, (rules.get(rule) ?? 0) + 1)
    } catch (error) {
      console.error(`${format}, seed ${seed}: ${String(error)}`)
      process.exitCode = 1
    }
    // Of the processor, not of the clock: a busy machine is no bug of the reader.
    const { user, system } = process.cpuUsage(start)
    const milliseconds = (user + system) / 1000
    slowest = Math.max(slowest, milliseconds)
    if (milliseconds > 1000) {
      console.error(`${format}, seed ${seed}: ${Math.round(milliseconds)} ms`)
      process.exitCode = 1
    }
  }
  const counts = [...rules].toSorted((a, b) => b[1] - a[1]).map(([rule, count]) => `${rule} ${count}`)
  console.log(`${format}: ${runs} inputs, slowest ${slowest.toFixed(1)} ms: ${counts.join(', ')}`)
}
