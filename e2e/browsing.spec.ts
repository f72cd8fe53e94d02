import { readFile } from 'node:fs/promises'
import type { Download, Page } from '@playwright/test'
import sharp from 'sharp'

import { draw, finished, historyOf, shelvesOf, tilesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

const libraryOf = (page: Page) => page.getByRole('region', { name: 'Library' })
const countOf = (page: Page) => libraryOf(page).getByRole('status').first()

async function bytesOf(download: Download): Promise<Buffer> {
  return readFile(await download.path())
}

test('a run goes on under its seed, is pinned, and is one stack in the library', async ({ startStudio }) => {
  test.slow()
  const studio = await startStudio()
  const { page } = studio
  await draw(page, { prompt: 'a green tree', candidates: 4, seed: 3 })
  await draw(page, { prompt: 'a pizza', candidates: 4, seed: 3 })

  await test.step('four more candidates of the same run', async () => {
    await page.getByRole('combobox', { name: 'Draw more…' }).selectOption('4 more')
    await finished(page, 8)
  })

  await test.step('pinned, it stays on top', async () => {
    await historyOf(page).filter({ hasText: 'a green tree' }).hover()
    await page.getByRole('button', { name: 'Pin: a green tree' }).click()
    await expect(page.getByRole('heading', { name: 'Pinned' })).toBeVisible()
    await expect(historyOf(page).first()).toContainText('a green tree')
  })

  await test.step('stacks: one picture for each run, and all of it inside', async () => {
    await page.getByRole('link', { name: 'Library' }).click()
    await expect(countOf(page)).toHaveText('12 pictures')
    await libraryOf(page).getByRole('button', { name: 'One per run' }).click()
    await expect(shelvesOf(page).getByRole('option', { name: 'a pizza, 8 pictures' })).toBeVisible()
    await expect(shelvesOf(page).getByRole('option')).toHaveCount(2)
    await shelvesOf(page)
      .getByRole('option', { name: /^a pizza/ })
      .click()
    await expect(libraryOf(page).getByText('The run “a pizza”')).toBeVisible()
    await expect(shelvesOf(page).getByRole('option')).toHaveCount(8)
    await libraryOf(page).getByRole('button', { name: 'Back to the runs' }).click()
    await expect(shelvesOf(page).getByRole('option')).toHaveCount(2)
  })

  await test.step('the search is kept under a name, also over a restart', async () => {
    await libraryOf(page).getByRole('searchbox', { name: 'Search library' }).fill('pizza')
    await expect(shelvesOf(page).getByRole('option')).toHaveCount(1)
    await libraryOf(page).getByRole('button', { name: 'Saved searches' }).click()
    await page.getByRole('textbox', { name: 'Name of the search' }).fill('Best pizzas')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await studio.stop()
    const { page: again } = await startStudio()
    await expect(again.getByRole('heading', { name: 'Pinned' })).toBeVisible()
    await again.getByRole('link', { name: 'Library' }).click()
    await expect(countOf(again)).toHaveText('12 pictures')
    await libraryOf(again).getByRole('button', { name: 'Saved searches' }).click()
    await again.getByRole('button', { name: 'Best pizzas', exact: true }).click()
    await expect(shelvesOf(again).getByRole('option')).toHaveCount(1)
  })
})

test('pictures go out with and without what made them, and what made them comes back', async ({ startStudio }) => {
  test.slow()
  const { page } = await startStudio()
  const dialog = page.getByRole('dialog', { name: 'Export pictures' })
  await draw(page, { prompt: 'a red apple', candidates: 4, seed: 11 })

  async function exportBest(format: string, hasSettings: boolean): Promise<Buffer> {
    await tilesOf(page).first().click()
    await page.getByRole('dialog', { name: 'Picture' }).getByRole('button', { name: 'Export…' }).click()
    await dialog.getByRole('combobox', { name: 'Format' }).selectOption(format)
    await dialog.getByRole('checkbox', { name: 'With prompt, seed and settings' }).setChecked(hasSettings)
    const download = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    const bytes = await bytesOf(await download)
    await page.keyboard.press('Escape')
    return bytes
  }
  const webp = await exportBest('WebP', true)
  const bare = await exportBest('PNG', false)
  expect((await sharp(webp).metadata()).format).toBe('webp')
  expect(bare.includes('a red apple')).toBe(false)

  await test.step('a contact sheet of the run', async () => {
    await page.getByRole('button', { name: 'Contact sheet' }).click()
    const download = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Contact sheet' }).click()
    const file = await download
    expect(file.suggestedFilename()).toBe('a red apple.png')
    const { width, height } = await sharp(await bytesOf(file)).metadata()
    expect(Math.min(width, height)).toBeGreaterThan(500)
  })

  await test.step('dropped on Easel, the file brings its settings back', async () => {
    const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true })
    await prompt.fill('something else')
    await page.getByRole('spinbutton', { name: 'Seed' }).fill('99')
    await drop(page, 'apple.webp', 'image/webp', webp)
    await expect(page.getByText('The settings of this picture are back.')).toBeVisible()
    await expect(prompt).toHaveValue('a red apple')
    await expect(page.getByRole('spinbutton', { name: 'Seed' })).toHaveValue('11')
    await expect(page.getByRole('spinbutton', { name: 'Candidates' })).toHaveValue('4')
  })

  await test.step('a file without them is a picture to draw from', async () => {
    await drop(page, 'bare.png', 'image/png', bare)
    await expect(page.getByRole('dialog', { name: 'Edit with words' })).toBeVisible()
    await page.keyboard.press('Escape')
  })
})

/** As a person drops a file on the window. */
async function drop(page: Page, name: string, type: string, bytes: Buffer): Promise<void> {
  await page.evaluate(
    ({ fileName, fileType, base64 }) => {
      const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([content], fileName, { type: fileType }))
      window.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    },
    { fileName: name, fileType: type, base64: bytes.toString('base64') },
  )
}

test('two windows of one studio agree', async ({ startStudio }) => {
  test.slow()
  const { page, openAnother } = await startStudio()
  test.skip(openAnother === undefined, 'This shell has one window.')
  await draw(page, { prompt: 'a star', candidates: 4, seed: 5 })
  const other = await openAnother!()
  await other.getByRole('link', { name: 'Library' }).click()
  await expect(countOf(other)).toHaveText('4 pictures')

  await tilesOf(page).first().press('5')
  await expect(shelvesOf(other).getByRole('option', { name: 'rated 5 of 5' })).toHaveCount(1)
  await tilesOf(page).last().click()
  await page.getByRole('dialog', { name: 'Picture' }).getByRole('button', { name: 'Delete' }).click()
  await expect(countOf(other)).toHaveText('3 pictures')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(countOf(other)).toHaveText('4 pictures')
})
