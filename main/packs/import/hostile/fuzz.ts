/**
 * `node main/packs/import/hostile/fuzz.ts [--runs 100000] [--seed 1] [--only zip,onnx] [--json]`: mutated inputs for each reader. Fails on an
 * error that is no refusal, and on an input that takes more than a second of processor time; it prints the seed that repeats it.
 * For the night: docs/checkpoints.md has the results.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { outcomeOf } from './fuzz-target.ts'
import { goodFiles } from './good-files.ts'
import { mutate, randomNumbers } from './mutate.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(goodFiles).join() },
    json: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const firstSeed = Number(values.seed)
const folder = await mkdtemp(join(tmpdir(), 'easel-fuzz-'))

async function fuzz(format: string, good: Uint8Array) {
  const outcomes = new Map<string, number>()
  const faults: string[] = []
  let slowestMs = 0
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const next = randomNumbers(seed)
    const bytes = mutate(good, 1 + Math.floor(next() * 6), next)
    const start = process.cpuUsage()
    try {
      const outcome = await outcomeOf(format, bytes, folder)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    } catch (error) {
      faults.push(`seed ${seed}: ${String(error)}`)
    }
    // Of the processor, not of the clock: a busy machine is no bug of the reader.
    const { user, system } = process.cpuUsage(start)
    const milliseconds = (user + system) / 1000
    slowestMs = Math.max(slowestMs, milliseconds)
    if (milliseconds > 1000) faults.push(`seed ${seed}: ${Math.round(milliseconds)} ms`)
  }
  const sorted = Object.fromEntries([...outcomes].toSorted((a, b) => b[1] - a[1]))
  return { format, inputs: runs, faults, slowestMs: Math.round(slowestMs * 10) / 10, outcomes: sorted }
}

try {
  for (const format of values.only.split(',')) {
    const good = goodFiles[format]
    if (good === undefined)
      throw new Error(`There is no reader "${format}"; there are ${Object.keys(goodFiles).join(', ')}.`)
    const result = await fuzz(format, good)
    for (const fault of result.faults) console.error(`${format}, ${fault}`)
    if (result.faults.length > 0) process.exitCode = 1
    const counts = Object.entries(result.outcomes).map(([rule, count]) => `${rule} ${count}`)
    const text = `${format}: ${runs} inputs, ${result.faults.length} faults, slowest ${result.slowestMs} ms: ${counts.join(', ')}`
    console.log(values.json ? JSON.stringify(result) : text)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
