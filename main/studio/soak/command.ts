import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { openSoakedStudio } from './actions.ts'
import { leastSquaresPerHour, takeSample, type SoakSample } from './samples.ts'

/**
 * The whole studio at work without end: library, engine process and tiny pack. It draws, imports, deletes, cancels, has
 * its engine killed, searches, backs up and is reopened, and every half minute a line says what memory and file
 * descriptors do. Pauses between actions keep it below `--duty` of one core.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    out: { type: 'string', default: 'soak' },
    duty: { type: 'string', default: '0.12' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(`soak: two hours of work of the whole studio with the tiny pack
  --minutes N    default 120; the first quarter is the warm-up
  --out FOLDER   where samples.jsonl, problems.log and summary.json are written; default soak
  --duty SHARE   of one core that it may use; default 0.12
  --seed N       of the random actions; default 1`)
  process.exit(0)
}
const minutes = Number(values.minutes)
const restPerWork = 1 / Number(values.duty) - 1
const sampleEveryMs = 30_000
/** So that a crowded minute of actions does not run without a breath. */
const shortestRestMs = 200

mkdirSync(values.out, { recursive: true })
const root = join(values.out, 'work')
await rm(root, { recursive: true, force: true })
await mkdir(root)
const problems: string[] = []
function note(problem: string): void {
  problems.push(problem)
  appendFileSync(join(values.out, 'problems.log'), `${new Date().toISOString()} ${problem}\n`)
}
let unhandled = 0
process.on('unhandledRejection', (reason) => {
  unhandled++
  note(`unhandled rejection: ${String(reason)}`)
})

await makeTinyPack(join(root, 'tiny'))
process.env['EASEL_PACKS'] = join(root, 'tiny')
const soaked = await openSoakedStudio(root, Number(values.seed), note)
const begun = performance.now()
const samples: SoakSample[] = []
const measuring = setInterval(sample, sampleEveryMs)

function sample(): void {
  globalThis.gc?.()
  const taken = takeSample((performance.now() - begun) / 60_000, soaked.enginePid())
  samples.push(taken)
  appendFileSync(
    join(values.out, 'samples.jsonl'),
    `${JSON.stringify({ ...taken, unhandled, problems: problems.length, ...soaked.counts })}\n`,
  )
}

while (performance.now() - begun < minutes * 60_000) {
  const from = performance.now()
  try {
    await soaked.act()
  } catch (error) {
    note(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  await setTimeout(Math.max((performance.now() - from) * restPerWork, shortestRestMs))
}
clearInterval(measuring)
sample()
await soaked.close()
await rm(root, { recursive: true })

const warm = samples.filter((one) => one.minute >= minutes / 4)
const range = (of: (one: SoakSample) => number) => [Math.min(...warm.map(of)), Math.max(...warm.map(of))]
const summary = {
  minutes: (performance.now() - begun) / 60_000,
  ...soaked.counts,
  unhandled,
  problems: problems.length,
  megabytesPerHour: leastSquaresPerHour(warm, (one) => one.megabytes),
  heapMegabytesPerHour: leastSquaresPerHour(warm, (one) => one.heapMegabytes),
  megabytes: range((one) => one.megabytes),
  engineMegabytes: range((one) => one.engineMegabytes),
  descriptors: range((one) => one.descriptors),
}
writeFileSync(join(values.out, 'summary.json'), JSON.stringify(summary))
console.log(JSON.stringify(summary))
process.exitCode = unhandled === 0 && problems.length === 0 ? 0 : 1
