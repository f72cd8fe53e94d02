// Every screen over the pretended studio, dark and light, in two sizes, and the smaller one in Chinese too: a PNG of each, and axe on each.
//   npm run look [-- --folder FOLDER --screens SCREEN,SCREEN,…]
// Exits with 1 when axe finds something or the page says something went wrong.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import { build, preview } from 'vite'

import { endMotion } from '../end-motion.ts'
import { launchChromium } from '../start-studio.ts'
import { screens } from './screens.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: 'out/screens' },
    screens: { type: 'string', default: Object.keys(screens).join() },
    help: { type: 'boolean', default: false },
  },
})
const { folder } = values
const sizes = { small: { width: 1280, height: 800 }, large: { width: 2560, height: 1440 } }
const faults: string[] = []

/** Built, not served as it is: a page of two hundred modules takes long to load on a busy machine. */
async function servePage(outDir: string) {
  const configFile = 'renderer/vite.config.ts'
  const rolldownOptions = { input: 'renderer/fake/index.html' }
  await build({
    configFile,
    logLevel: 'error',
    build: { outDir, emptyOutDir: true, rolldownOptions, chunkSizeWarningLimit: 20_000 },
  })
  const server = await preview({ configFile, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
  return { address: `${server.resolvedUrls?.local[0]}fake/index.html`, close: () => server.close() }
}

async function lookForBarriers(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  for (const { id, impact, nodes } of violations) {
    const where = nodes.slice(0, 3).map((node) => node.target.join(' '))
    faults.push(`${name}: ${impact} ${id} at ${where.join(' | ')}`)
  }
}

/** As another window of the studio would: dialogs stay open. */
async function speak(page: Page, language: 'en' | 'zh'): Promise<void> {
  await page.evaluate((spoken) => {
    const key = 'easel.preferences'
    localStorage.setItem(key, JSON.stringify({ language: spoken }))
    dispatchEvent(new StorageEvent('storage', { key }))
  }, language)
  await page.locator(`html[lang^=${language}]`).waitFor()
}

async function shoot(page: Page, name: string): Promise<void> {
  await endMotion(page)
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

async function lookAt(browser: Browser, address: string, name: string): Promise<void> {
  const screen = screens[name]
  if (screen === undefined)
    throw new Error(`There is no screen "${name}"; there are: ${Object.keys(screens).join(', ')}.`)
  for (const [size, viewport] of Object.entries(sizes)) {
    const context = await browser.newContext({ viewport, colorScheme: 'dark', reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(120_000)
    page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`))
    await page.goto(address + screen.query)
    await page.getByRole('navigation').waitFor()
    await screen.go(page)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await shoot(page, `${name}-${colorScheme}-${size}`)
      if (size === 'large') continue
      await lookForBarriers(page, `${name} ${colorScheme}`)
      await speak(page, 'zh')
      await shoot(page, `${name}-${colorScheme}-zh`)
      await speak(page, 'en')
    }
    await context.close()
  }
}

async function lookAtAll(names: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const outDir = mkdtempSync(join(tmpdir(), 'easel-look-'))
  const server = await servePage(outDir)
  const browser = await launchChromium()
  try {
    for (const name of names) await lookAt(browser, server.address, name)
  } finally {
    await browser.close()
    await server.close()
    rmSync(outDir, { recursive: true })
  }
  for (const fault of faults) process.stdout.write(`${fault}\n`)
  process.stdout.write(`${names.length} screens in ${folder}, ${faults.length} faults\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
}

if (values.help) {
  process.stdout.write('npm run look [-- --folder FOLDER --screens SCREEN,SCREEN,…]\n')
  process.stdout.write(`Screens: ${Object.keys(screens).join(', ')}\n`)
} else {
  await lookAtAll(values.screens.split(','))
}
