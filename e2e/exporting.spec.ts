import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'

import { importUpscaler } from '#main/packs/import/upscalers/import-upscaler.ts'
import { writeMadePackage } from '#main/packs/import/testing/made-upscaler.ts'

import { draw, tilesOf } from './easel-page.ts'
import { isElectron } from './start-studio.ts'
import { expect, test as base } from './studio.ts'

const starter = join(import.meta.dirname, '../models/starter/pack')
const made = 'made-upscaler'

/** The starter pack and an upscaler, in a folder of this spec's own. */
const test = base.extend<{ readonly packsFolder: string }>({
  packsFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'easel-e2e-packs-'))
    await cp(starter, join(folder, 'starter'), { recursive: true })
    await writeMadePackage(join(folder, '.made'), [2])
    await importUpscaler({ path: join(folder, '.made'), packsFolder: folder })
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
})

test('an upscaler is shown apart, enlarges an export, and is not there to draw with', async ({
  startStudio,
  packsFolder,
}) => {
  test.slow()
  const { page } = await startStudio({ environment: { EASEL_PACKS: packsFolder } })
  await draw(page, { prompt: 'a red apple', candidates: 2, seed: 11 })

  await tilesOf(page).first().click()
  await page.getByRole('dialog', { name: 'Picture' }).getByRole('button', { name: 'Export…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Export pictures' })
  const way = dialog.getByRole('combobox', { name: 'Enlarged by' })
  await expect(way).toHaveValue('lanczos')
  // It has no model for four times.
  await expect(way.getByRole('option')).toHaveText(['Lanczos', 'Squares'])
  await dialog.getByRole('combobox', { name: 'Size' }).selectOption('2')
  await expect(way.getByRole('option')).toHaveText(['Lanczos', 'Squares', made])
  await way.selectOption(made)
  await expect(dialog.getByText('That helps photographs')).toBeVisible()
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  const { width } = await sharp(await (await download).path()).metadata()
  expect(width).toBe(576)
  await page.keyboard.press('Escape')

  await page.getByRole('link', { name: 'Packs' }).click()
  const card = page.getByRole('article', { name: made })
  await expect(card.getByText('Copyright (c) 2022 Some Body.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Use this pack' })).toHaveCount(0)
  await card.getByRole('button', { name: 'Remove…' }).click()
  await card.getByRole('button', { name: 'Remove it' }).click()
  await expect(card).toHaveCount(0)
})

test('flat art goes out as shapes, and pixels go to the clipboard', async ({ startStudio }) => {
  const { page } = await startStudio()
  const viewer = page.getByRole('dialog', { name: 'Picture' })
  await draw(page, { prompt: 'a red apple', candidates: 2, seed: 11 })
  await tilesOf(page).first().click()

  await viewer.getByRole('button', { name: 'Export…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Export pictures' })
  await dialog.getByRole('combobox', { name: 'Format' }).selectOption('SVG')
  await expect(dialog.getByRole('checkbox', { name: 'With prompt, seed and settings' })).toBeDisabled()
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  const drawing = await readFile(await (await download).path(), 'utf8')
  expect(drawing).toMatch(/^<svg[^>]*>.*<path.*<\/svg>\s*$/s)
  const { width, height } = await sharp(Buffer.from(drawing)).metadata()
  expect(width).toBe(height)
  await expect(dialog).toBeHidden()

  // Electron asks nobody, and has no such permission to give.
  if (!isElectron) await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await viewer.getByRole('button', { name: 'Copy picture' }).click()
  const copied = () =>
    page.evaluate(async () => {
      for (const item of await navigator.clipboard.read())
        if (item.types.includes('image/png')) return (await createImageBitmap(await item.getType('image/png'))).width
      return 0
    })
  await expect.poll(copied).toBe(576)
})
