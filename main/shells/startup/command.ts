import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'

import { launchChromium } from '../testing/chromium.ts'
import { measureStart, type Start } from './measure-start.ts'

// npm run startup [-- --json] [--quick] [--runs N] [--library FOLDER]: how long it takes from `easel studio` to a page that can be used.

/** What is allowed from the start of the process, with processes and files in memory. */
const maxPaintedMs = 1200
const maxUsableMs = 1800

const options = new Command('startup')
  .description('Measures how fast the studio starts.')
  .option('--json', 'print one JSON object', false)
  .option('--quick', 'one start; slow is no failure', false)
  .option('--runs <number>', 'how many starts; the middle one counts', Number, 5)
  .option('--library <folder>', 'a library to start with (default: a new one)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ json: boolean; quick: boolean; runs: number; library?: string }>()

const folder = mkdtempSync(join(tmpdir(), 'easel-startup-'))
const browser = await launchChromium()
try {
  const library = options.library ?? join(folder, 'library')
  const starts: Start[] = []
  for (let run = 0; run < (options.quick ? 1 : options.runs); run++) starts.push(await measureStart(library, browser))
  const report = {
    runs: starts.length,
    addressMs: middle(starts.map(({ addressMs }) => addressMs)),
    firstPaintMs: middle(starts.map(({ firstPaintMs }) => firstPaintMs)),
    interactiveMs: middle(starts.map(({ interactiveMs }) => interactiveMs)),
    // From the start of the process; what the browser itself needs to start is not Easel's.
    paintedMs: middle(starts.map(({ addressMs, firstPaintMs }) => sum(addressMs, firstPaintMs))),
    usableMs: middle(starts.map(({ addressMs, interactiveMs }) => sum(addressMs, interactiveMs))),
    isEngineEarly: starts.some(({ isEngineEarly }) => isEngineEarly),
  }
  const isSlow = (report.paintedMs ?? 0) > maxPaintedMs || (report.usableMs ?? 0) > maxUsableMs
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describe(report))
  process.exitCode = report.isEngineEarly || (isSlow && !options.quick) ? 1 : 0
} finally {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
}

function sum(a: number, b: number | null): number | null {
  return b === null ? null : a + b
}

function middle(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b)
  const value = known[Math.floor(known.length / 2)]
  return value === undefined ? null : Math.round(value)
}

function describe(report: Readonly<Record<string, unknown>>): string {
  return Object.entries(report)
    .map(([name, value]) => `${name.padEnd(16)}${String(value ?? 'not measured')}\n`)
    .join('')
}
