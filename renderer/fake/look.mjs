// Every screen over the pretended studio, dark and light, in two sizes: a PNG of each, and axe on each.
//   node renderer/fake/look.mjs [folder] [screen,screen,…]
// Exits with 1 when axe finds something serious or the page says something went wrong.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from '@playwright/test'
import { build, preview } from 'vite'

const [folder = 'out/screens', wanted] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
// Built, not served as it is: a page of two hundred modules takes long to load on a busy machine.
const outDir = mkdtempSync(join(tmpdir(), 'easel-look-'))
const configFile = 'renderer/vite.config.ts'
await build({
  configFile,
  logLevel: 'error',
  build: {
    outDir,
    emptyOutDir: true,
    rolldownOptions: { input: 'renderer/fake/index.html' },
    chunkSizeWarningLimit: 20_000,
  },
})
const server = await preview({ configFile, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
const address = `${server.resolvedUrls?.local[0]}fake/index.html`

const browser = await chromium.launch({
  executablePath: process.env['EASEL_CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const sizes = { small: { width: 1280, height: 800 }, large: { width: 2560, height: 1440 } }
const faults = []

const prompt = (page) => page.getByRole('textbox', { name: 'Prompt', exact: true })
const generate = (page) => page.getByRole('button', { name: 'Generate' })
const tiles = (page) => page.locator('button[data-tile]')
async function openRun(page) {
  await page.locator('[data-history-item]').nth(1).click()
  await tiles(page).nth(15).waitFor()
}

/** What to ask of the pretended studio, and how to get to the screen. */
const screens = {
  empty: ['?library=0', (page) => page.getByRole('button', { name: 'Skip' }).click()],
  tour: ['?library=0', (page) => page.getByRole('region', { name: 'First picture' }).waitFor()],
  pinned: [
    '',
    async (page) => {
      await openRun(page)
      await page.locator('[data-history-item]').nth(2).hover()
      await page.getByRole('button', { name: /^Pin:/ }).nth(2).click()
      await page.getByText('Pinned').waitFor()
    },
  ],
  exporting: [
    '',
    async (page) => {
      await openRun(page)
      await page.getByRole('button', { name: 'Contact sheet' }).click()
      await page.getByRole('dialog', { name: 'Export pictures' }).waitFor()
    },
  ],
  stacks: [
    '?library=480#/library',
    async (page) => {
      await page.getByRole('button', { name: 'One per run' }).click()
      await page.getByText('30 pictures found').waitFor()
    },
  ],
  savedSearches: [
    '?library=480#/library',
    async (page) => {
      await page.getByRole('searchbox', { name: 'Search library' }).fill('umbrella')
      await page.getByRole('button', { name: 'Saved searches' }).click()
      await page.getByRole('textbox', { name: 'Name of the search' }).fill('Umbrellas')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByRole('button', { name: 'Saved searches' }).click()
    },
  ],
  chosen: [
    '?library=480#/library',
    async (page) => {
      const pictures = page.getByRole('listbox', { name: 'Pictures' }).getByRole('option')
      await pictures.nth(1).click({ modifiers: ['ControlOrMeta'] })
      await pictures.nth(4).click({ modifiers: ['Shift'] })
    },
  ],
  duplicates: [
    '?library=480#/library',
    async (page) => {
      await page.getByRole('button', { name: 'Near-duplicates' }).click()
      await page
        .getByRole('button', { name: /Delete the other/ })
        .first()
        .waitFor()
    },
  ],
  drawing: [
    '?row=400',
    async (page) => {
      await prompt(page).fill('a yellow cat face wearing a hat')
      await generate(page).click()
      await page.getByText('Row 5 of 12').waitFor()
    },
  ],
  candidates: ['', openRun],
  failed: [
    '?fail&row=20',
    async (page) => {
      await prompt(page).fill('a {red|blue} {apple|car} made of glass')
      await generate(page).click()
      await page.getByRole('alert').first().waitFor()
    },
  ],
  templates: ['', (page) => page.getByText('Templates').click()],
  picture: [
    '',
    async (page) => (await openRun(page), tiles(page).first().click(), page.getByText('File hash').waitFor()),
  ],
  uncertainty: [
    '',
    async (page) => (
      await openRun(page),
      await tiles(page).nth(3).click(),
      await page.getByText('File hash').waitFor(),
      page.keyboard.press('h')
    ),
  ],
  editor: [
    '',
    async (page) => {
      await openRun(page)
      await tiles(page).nth(2).click()
      await page.getByRole('button', { name: 'Edit with words' }).click()
      await page.getByText('Redraw brush').click()
      const box = await page.getByRole('application').boundingBox()
      await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.35, { steps: 6 })
      await page.mouse.up()
    },
  ],
  compare: [
    '',
    async (page) => {
      await openRun(page)
      for (const place of [0, 1]) await tiles(page).nth(place).press('c')
      await page.getByRole('button', { name: 'Compare 2' }).click()
    },
  ],
  library: [
    '?library=100000#/library',
    async (page) => (
      await page.getByText('100,000 pictures').waitFor(),
      page.getByRole('slider', { name: 'Timeline' }).waitFor()
    ),
  ],
  search: [
    '?library=480#/library',
    async (page) => {
      await page.getByRole('searchbox', { name: 'Search library' }).fill('umbrella')
      await page.getByText(/found/).waitFor()
    },
  ],
  nothing: [
    '?library=480#/library',
    async (page) => {
      await page.getByRole('searchbox', { name: 'Search library' }).fill('zeppelin')
      await page.getByText('Nothing with these words').waitFor()
    },
  ],
  packs: ['#/packs', (page) => page.getByText('Apache-2.0').first().waitFor()],
  noPacks: ['?nopack#/packs', (page) => page.getByText('No pack is installed').first().waitFor()],
  settings: ['#/settings', (page) => page.getByText('a photo of food').waitFor()],
  palette: ['', async (page) => (await page.keyboard.press('Control+k'), page.getByRole('listbox').waitFor())],
}

for (const [name, [query, go]] of Object.entries(screens)) {
  if (wanted !== undefined && !wanted.split(',').includes(name)) continue
  for (const colorScheme of ['dark', 'light']) {
    for (const [size, viewport] of Object.entries(sizes)) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' })
      const page = await context.newPage()
      page.setDefaultTimeout(120_000)
      page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`))
      await page.goto(address + query)
      await page.getByRole('navigation').waitFor()
      await go(page)
      await page.waitForTimeout(250)
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${size}.png`) })
      if (size === 'small') {
        const { violations } = await new AxeBuilder({ page }).analyze()
        for (const { id, impact, nodes } of violations) {
          const where = nodes.slice(0, 3).map((node) => node.target.join(' '))
          faults.push(`${name} ${colorScheme}: ${impact} ${id} at ${where.join(' | ')}`)
        }
      }
      await context.close()
    }
  }
}
await browser.close()
await server.close()
rmSync(outDir, { recursive: true })
for (const fault of faults) process.stdout.write(`${fault}\n`)
process.stdout.write(`${Object.keys(screens).length} screens in ${folder}, ${faults.length} faults\n`)
process.exitCode = faults.length === 0 ? 0 : 1
