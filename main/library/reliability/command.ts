import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { databaseName } from '../library-folder.ts'
import { makeDiskFolder, makeQuickFolder } from '../testing/folders.ts'
import { corruptAgainAndAgain } from './corruption.ts'
import { injectFaults } from './fault-injection.ts'
import { killAgainAndAgain } from './kills.ts'
import { cutPower } from './power-cuts.ts'
import { measureRebuild } from './rebuild-speed.ts'
import { measureSave } from './save-speed.ts'
import { measureSearch } from './search-speed.ts'
import { makeSyntheticDatabase } from './synthetic-library.ts'

/** How much of each test, and for how many seconds at most: on a slow machine a short form does less, never longer. */
interface Plan {
  readonly kills: number
  readonly killSeconds: number
  readonly faultEvery: number
  readonly faultSeconds: number
  readonly cutEvery: number
  readonly corruptions: number
  readonly corruptionSeconds: number
  readonly pictures: number
  readonly pictureSeconds: number
  readonly searches: number
  readonly saves: number
  readonly rebuilds: number
}
const quick: Plan = {
  kills: 25,
  killSeconds: 11,
  faultEvery: 3,
  faultSeconds: 6,
  cutEvery: 20,
  corruptions: 24,
  corruptionSeconds: 7,
  pictures: 20_000,
  pictureSeconds: 8,
  searches: 30,
  saves: 15,
  rebuilds: 60,
}
const full: Plan = {
  kills: 1000,
  killSeconds: Infinity,
  faultEvery: 1,
  faultSeconds: Infinity,
  cutEvery: 1,
  corruptions: 300,
  corruptionSeconds: Infinity,
  pictures: 100_000,
  pictureSeconds: Infinity,
  searches: 200,
  saves: 100,
  rebuilds: 3000,
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    pictures: { type: 'string' },
    kills: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    action: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const parts = ['kills', 'faults', 'cuts', 'corruption', 'search', 'save', 'rebuild'] as const
type Part = (typeof parts)[number]

if (values.help) {
  console.log(`reliability: kills, failing disks, power cuts, corruption and speed of the library
  --quick           the short form, less than 55 seconds
  --json            one object on standard output; progress goes to standard error
  --only PART       ${parts.join(', ')}; may be given several times
  --action NAME     of the faults, only those of this action ("export an archive"); may be given several times
  --pictures N      pictures of the synthetic library that is searched
  --kills N         how often a working process is killed
  --minutes N       no part takes longer: it does less
  --seed N          of the random moments and damages; default 1`)
  process.exit(0)
}
const unknown = (values.only ?? []).filter((part) => !parts.includes(part as Part))
if (unknown.length > 0) {
  console.error(`--only takes ${parts.join(', ')}; not ${unknown.join(', ')}.`)
  process.exit(2)
}

const plan = {
  ...(values.quick ? quick : full),
  ...(values.pictures === undefined ? {} : { pictures: Number(values.pictures) }),
  ...(values.kills === undefined ? {} : { kills: Number(values.kills), killSeconds: Infinity }),
}
const partSeconds = values.minutes === undefined ? Infinity : Number(values.minutes) * 60
/** The short form must end in time, whatever else the machine does. */
const endSeconds = values.quick ? 36 : Infinity
const isWanted = (part: Part) => values.only === undefined || values.only.includes(part)
const tell = (text: string) => console.error(`${((performance.now() - begun) / 1000).toFixed(1)} s  ${text}`)
const begun = performance.now()
const until = (seconds: number) =>
  Math.min(performance.now() + Math.min(seconds, partSeconds) * 1000, begun + endSeconds * 1000)
const memory = makeQuickFolder('reliability')
const disk = makeDiskFolder('reliability')
const placeFor = (part: Part, root: string) => {
  const folder = join(root, part)
  mkdirSync(folder)
  return folder
}
const report: Record<string, unknown> = {}
const failures: string[] = []

async function measure(part: Part, root: string, work: (folder: string) => Promise<void>): Promise<void> {
  if (!isWanted(part)) return
  const folder = placeFor(part, root)
  await work(folder)
  rmSync(folder, { recursive: true, force: true })
  tell(`${part} done`)
}

try {
  await measure('kills', memory, async (folder) => {
    const wanted = { seed: Number(values.seed), kills: plan.kills, untilMs: until(plan.killSeconds) }
    const { failures: broken, ...counts } = await killAgainAndAgain(folder, wanted)
    Object.assign(report, counts)
    failures.push(...broken)
  })
  await measure('faults', memory, async (folder) => {
    const names = values.action === undefined ? {} : { names: values.action }
    const chosen = { ...names, every: plan.faultEvery, untilMs: until(plan.faultSeconds) }
    const { failures: broken, ...counts } = await injectFaults(folder, chosen)
    Object.assign(report, counts)
    failures.push(...broken)
  })
  await measure('corruption', memory, async (folder) => {
    const wanted = { seed: Number(values.seed), cases: plan.corruptions, untilMs: until(plan.corruptionSeconds) }
    const { failures: broken, ...counts } = await corruptAgainAndAgain(folder, wanted)
    Object.assign(report, counts)
    failures.push(...broken)
  })
  await measure('cuts', memory, async (folder) => {
    const cut = await cutPower(folder, plan.cutEvery, until(Infinity))
    Object.assign(report, { powerCuts: cut.cuts, lostToPowerCuts: cut.lost, danglingAfterPowerCuts: cut.dangling })
    failures.push(...cut.failures)
  })
  await measure('rebuild', memory, async (folder) => {
    Object.assign(report, await measureRebuild(folder, plan.rebuilds, until(Infinity)))
  })
  await measure('save', disk, async (folder) => {
    const speed = await measureSave(folder, plan.saves, until(Infinity))
    Object.assign(report, {
      saveMs: speed.save.median,
      saveCpuMs: speed.save.cpuMedian,
      fsyncMs: speed.fsync.median,
      fsyncsPerSave: speed.fsyncs,
      saveBeyondFsyncMs: speed.beyondFsync,
    })
  })
  await measure('search', memory, async (folder) => {
    const size = { pictures: plan.pictures, dimensions: 512, untilMs: until(plan.pictureSeconds) }
    const pictures = makeSyntheticDatabase(join(folder, databaseName), size)
    tell(`made ${pictures} pictures`)
    const speed = await measureSearch(folder, plan.searches, until(Infinity))
    Object.assign(report, {
      pictures,
      pageMedianMs: speed.page.median,
      pageP95Ms: speed.page.p95,
      pageCpuP95Ms: speed.page.cpuP95,
      ftsMedianMs: speed.fts.median,
      ftsP95Ms: speed.fts.p95,
      ftsCpuP95Ms: speed.fts.cpuP95,
      vectorMedianMs: speed.vector?.median,
      vectorP95Ms: speed.vector?.p95,
      vectorCpuP95Ms: speed.vector?.cpuP95,
      vectorRecall: speed.vectorRecall,
      vectorLoadSeconds: speed.vectorLoad,
    })
  })
} finally {
  for (const folder of [memory, disk]) rmSync(folder, { recursive: true, force: true })
}
report['seconds'] = (performance.now() - begun) / 1000
report['failures'] = failures
if (values.json) console.log(JSON.stringify(report))
else for (const [name, value] of Object.entries(report)) console.log(name.padEnd(24), value)
process.exitCode = failures.length === 0 ? 0 : 1
