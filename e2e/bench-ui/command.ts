// How fast the page is over a large synthetic library, in the browser shell, at one and at two screen pixels per CSS pixel.
//   npm run bench:ui [-- --json] [--quick] [--pictures N] [--library FOLDER]
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from '@playwright/test'

import { launchChromium, startStudio } from '../start-studio.ts'
import { fling, measureJump, measureStart, measureTyping, settled } from './measure-page.ts'
import { measureRun } from './measure-run.ts'
import { causes, isOwn, longTaskMs, quantile, type Cause, type LongTask } from './script-time.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    pictures: { type: 'string' },
    library: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(`bench:ui: speed of the page over a synthetic library, in the browser shell
  --quick            20 000 pictures and fewer rounds
  --json             one object on standard output; progress goes to standard error
  --pictures N       how many pictures; default 100 000
  --library FOLDER   keep the library there, and use it again the next time`)
  process.exit(0)
}

const root = join(import.meta.dirname, '../..')
const pictures = Number(values.pictures ?? (values.quick ? 20_000 : 100_000))
const plan = values.quick
  ? { starts: 3, flingSeconds: 0.8, jumps: 3, texts: ['red a', 'owl in the'] }
  : {
      starts: 5,
      flingSeconds: 2,
      jumps: 7,
      texts: ['red apple', 'golden lighthouse ra', 'owl at night', '红色 teapot', 'ver1.1 dr'],
    }
const targets = {
  gridScriptP95Ms: 4,
  longTasks: 0,
  gridNodes: 599,
  jumpToLastMs: 300,
  searchP95Ms: 50,
  firstPaintMs: 1200,
  interactiveMs: 1800,
} as const
type Figure = keyof typeof targets
type Figures = Record<Figure, number> & {
  /** By processor time. */
  readonly gridScriptP95CpuMs: number
  /** Long tasks of the page's thread that were long because it waited for pixels to be drawn, or for a processor. */
  readonly longTasksWaiting: number
  /** Tasks that took the processor for more than 50 ms, however long they waited for it. */
  readonly longTasksCpu: number
  /** What all long tasks together were spent on, in milliseconds. */
  readonly longTaskCauses: Readonly<Record<Cause, number>>
}

const pageTimeoutMs = 600_000

const tell = (text: string) => console.error(`${(performance.now() / 1000).toFixed(1)} s  ${text}`)

async function measure(browser: Browser, libraryFolder: string, deviceScaleFactor: number): Promise<Figures> {
  const viewport = { width: 2560, height: 1440 }
  const studio = await startStudio(browser, { libraryFolder, deviceScaleFactor, viewport })
  try {
    const { page } = studio
    page.setDefaultTimeout(pageTimeoutMs)
    await page.waitForFunction(() => performance.getEntriesByName('easel-interactive').length > 0)
    const starts = []
    for (let round = 0; round < plan.starts; round++) starts.push(await measureStart(page))
    tell(`started ${plan.starts} times`)

    await page.getByRole('link', { name: 'Library' }).click()
    const status = page.getByRole('region', { name: 'Library' }).getByRole('status').first()
    await status.getByText(`${pictures.toLocaleString('en')} pictures`).waitFor()
    await settled(page)
    const flung = await fling(page, plan.flingSeconds)
    tell(`flung over ${Math.round(flung.pixels)} pixels in ${flung.framesMs.length} frames`)

    const jumps: number[] = []
    for (let round = 0; round < plan.jumps; round++) {
      jumps.push(await measureJump(page, 'Oldest', pictures - 1))
      await measureJump(page, 'Newest', 0)
    }
    tell(`jumped to the last ${plan.jumps} times`)
    const typed = await measureTyping(page, plan.texts)
    tell(`typed ${typed.length} letters`)
    return {
      gridScriptP95Ms: quantile(flung.framesMs, 0.95),
      gridScriptP95CpuMs: quantile(flung.framesCpuMs, 0.95),
      longTasks: flung.longTasks.filter(isOwn).length,
      longTasksWaiting: flung.longTasks.filter((task) => !isOwn(task)).length,
      longTasksCpu: flung.longTasks.filter(({ cpuMs }) => cpuMs > longTaskMs).length,
      longTaskCauses: sumCauses(flung.longTasks),
      gridNodes: flung.gridNodes,
      jumpToLastMs: quantile(jumps, 0.5),
      searchP95Ms: quantile(typed, 0.95),
      firstPaintMs: quantile(
        starts.map((start) => start.firstPaintMs),
        0.5,
      ),
      interactiveMs: quantile(
        starts.map((start) => start.interactiveMs),
        0.5,
      ),
    }
  } finally {
    await studio.stop()
  }
}

const run = (...args: readonly string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] })
run('-e', "import('./scripts/build.mjs').then((build) => build.buildRenderer())")
const temporary = values.library === undefined ? await mkdtemp(join(tmpdir(), 'easel-bench-ui-')) : undefined
const libraryFolder = join(values.library ?? temporary!, `library-${pictures}`)
const browser = await launchChromium()
try {
  if (!existsSync(libraryFolder)) {
    run('main/library/reliability/make-library.ts', libraryFolder, '--pictures', String(pictures))
    tell(`made a library of ${pictures.toLocaleString('en')} pictures`)
  }
  const [dpr1, dpr2] = [await measure(browser, libraryFolder, 1), await measure(browser, libraryFolder, 2)]
  const folder = await mkdtemp(join(tmpdir(), 'easel-bench-ui-run-'))
  const candidates512ScriptMs = await measureRun(browser, folder, 512)
  await rm(folder, { recursive: true, force: true })
  report({ dpr1, dpr2 }, candidates512ScriptMs)
} finally {
  await browser.close()
  if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
}

function sumCauses(tasks: readonly LongTask[]): Record<Cause, number> {
  const sum = (cause: Cause) => Math.round(tasks.reduce((total, { spent }) => total + spent[cause], 0))
  return Object.fromEntries(causes.map((cause) => [cause, sum(cause)])) as Record<Cause, number>
}

/** Of two screens, the slower one is the figure. */
function report(screens: { readonly dpr1: Figures; readonly dpr2: Figures }, runScriptMs: number): void {
  const round = (value: number) => Math.round(value * 100) / 100
  const slower = (name: Exclude<keyof Figures, 'longTaskCauses'>) =>
    round(Math.max(screens.dpr1[name], screens.dpr2[name]))
  const names = Object.keys(targets) as Figure[]
  const worst = Object.fromEntries(names.map((name) => [name, slower(name)])) as Record<Figure, number>
  const others = {
    longTasksWaiting: slower('longTasksWaiting'),
    longTasksCpu: slower('longTasksCpu'),
    gridScriptP95CpuMs: slower('gridScriptP95CpuMs'),
    candidates512ScriptMs: round(runScriptMs),
  }
  const missed = names.filter((name) => !(worst[name] <= targets[name]))
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ pictures, ...worst, ...others, ...screens, missed })}\n`)
    return
  }
  const line = (name: string, value: number, more: string) => `${name.padEnd(22)} ${String(value).padStart(9)}${more}\n`
  for (const name of names)
    process.stdout.write(
      line(name, worst[name], `   at most ${targets[name]}${missed.includes(name) ? '   MISSED' : ''}`),
    )
  for (const [name, value] of Object.entries(others)) process.stdout.write(line(name, value, ''))
}
