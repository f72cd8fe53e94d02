import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'

import { startHost, type StartedHost } from './started-host.ts'

// npm run startup [-- --json] [--runs N] [--library FOLDER]: how long it takes from `easel studio` to a page that can be used.

interface Start {
  /** From the start of the process until its address is printed. */
  readonly addressMs: number
  /** From the opening of the page until it shows something, and until prompt, pack and history can be used; null without Chromium. */
  readonly firstPaintMs: number | null
  readonly interactiveMs: number | null
  /** Whether the engine's process was there before anything was asked of it. */
  readonly isEngineEarly: boolean
}

const options = new Command('startup')
  .description('Measures how fast the studio starts.')
  .option('--json', 'print one JSON object', false)
  .option('--runs <number>', 'how many starts; the middle one counts', Number, 3)
  .option('--library <folder>', 'a library to start with (default: a new one)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<{ json: boolean; runs: number; library?: string }>()

const folder = mkdtempSync(join(tmpdir(), 'easel-startup-'))
try {
  const starts: Start[] = []
  for (let run = 0; run < options.runs; run++)
    starts.push(await measureStart(options.library ?? join(folder, 'library')))
  const report = {
    runs: starts.length,
    addressMs: middle(starts.map((start) => start.addressMs)),
    firstPaintMs: middle(starts.map((start) => start.firstPaintMs)),
    interactiveMs: middle(starts.map((start) => start.interactiveMs)),
    isEngineEarly: starts.some((start) => start.isEngineEarly),
  }
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describe(report))
  process.exitCode = report.isEngineEarly ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measureStart(libraryFolder: string): Promise<Start> {
  const host = await startHost(libraryFolder)
  try {
    const page = await measurePage(host)
    return { addressMs: host.addressMs, ...page, isEngineEarly: host.children().length > 0 }
  } finally {
    await host.stop()
  }
}

async function measurePage({ address }: StartedHost): Promise<Pick<Start, 'firstPaintMs' | 'interactiveMs'>> {
  const executablePath = process.env['EASEL_CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) return { firstPaintMs: null, interactiveMs: null }
  const { chromium } = await import('@playwright/test')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    await page.goto(address)
    await page.waitForFunction(`performance.getEntriesByName('easel-interactive').length > 0`)
    return await page.evaluate<Pick<Start, 'firstPaintMs' | 'interactiveMs'>>(`({
      firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
      interactiveMs: performance.getEntriesByName('easel-interactive')[0].startTime,
    })`)
  } finally {
    await browser.close()
  }
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
