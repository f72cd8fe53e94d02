// The pictures of the README and the manual: a real studio with the starter pack, in a library that is thrown away.
//   npm run screenshots [FOLDER]
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import sharp from 'sharp'

import { allLoaded, candidatesOf, draw, shelvesOf, tilesOf } from './easel-page.ts'
import { endMotion } from './end-motion.ts'
import { isElectron, launchChromium, startStudio } from './start-studio.ts'

const folder = process.argv[2] ?? join(import.meta.dirname, '../docs/screenshots')
/** The last one is on the easel when the others are in the history. */
const drawings = [
  { prompt: 'a house', seed: 1 },
  { prompt: 'a star', seed: 1 },
  { prompt: 'a red apple on a white background', seed: 1 },
  { prompt: 'a rocket', seed: 1 },
] as const
const maxBytes = 400_000

async function take(page: Page, name: string): Promise<void> {
  // Away from whatever it was that was clicked.
  await page.mouse.move(0, 0)
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await endMotion(page)
    const pixels = await page.screenshot({ caret: 'hide' })
    const { size } = await sharp(pixels)
      .png({ compressionLevel: 9, effort: 10 })
      .toFile(join(folder, `${name}-${colorScheme}.png`))
    if (size > maxBytes)
      throw new Error(`${name}-${colorScheme}.png has ${size} bytes; at most ${maxBytes} are wanted.`)
  }
}

async function visit(page: Page): Promise<void> {
  for (const drawing of drawings) await draw(page, drawing)
  await tilesOf(page).nth(0).press('5')
  await tilesOf(page).nth(1).press('4')
  await candidatesOf(page).getByRole('img', { name: 'rated 4 of 5' }).waitFor()
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await take(page, 'create')

  await tilesOf(page).first().click()
  const viewer = page.getByRole('dialog', { name: 'Picture' })
  await viewer.getByRole('button', { name: 'Verify' }).waitFor()
  await allLoaded(viewer.getByRole('img'))
  await take(page, 'picture')

  await viewer.getByRole('button', { name: 'Edit with words' }).click()
  const editor = page.getByRole('dialog', { name: 'Edit with words' })
  await editor.getByLabel('What should the picture show?').fill('a rocket with blue flames')
  await allLoaded(editor.getByRole('img'))
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await take(page, 'editor')

  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Library' }).click()
  await shelvesOf(page).locator('img').nth(40).waitFor()
  await allLoaded(shelvesOf(page).locator('img'))
  await take(page, 'library')
}

const libraryFolder = await mkdtemp(join(tmpdir(), 'easel-screenshots-'))
await mkdir(folder, { recursive: true })
const browser = isElectron ? undefined : await launchChromium()
try {
  const studio = await startStudio(browser, { libraryFolder })
  try {
    await visit(studio.page)
  } finally {
    await studio.stop()
  }
} finally {
  await browser?.close()
  await rm(libraryFolder, { recursive: true, force: true })
}
process.stdout.write(`Screenshots are in ${folder}\n`)
