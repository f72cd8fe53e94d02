import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'

import { draw } from './easel-page.ts'
import { isElectron } from './start-studio.ts'
import { expect, test as base } from './studio.ts'

/** A checkpoint of a few kilobytes in the layout of a published one, and packs of this spec's own. */
const test = base.extend<{
  readonly checkpoint: readonly string[]
  readonly upscaler: readonly string[]
  readonly packsFolder: string
}>({
  checkpoint: async ({}, use) => withMade('write-made-model.ts', use),
  upscaler: async ({}, use) => withMade('write-made-upscaler.ts', use),
  packsFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'easel-e2e-packs-'))
    await mkdir(folder, { recursive: true })
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
})

/** Files that one of the makers of tests writes, as long as `use` needs them. */
async function withMade(maker: string, use: (files: readonly string[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-e2e-made-'))
  const program = join(import.meta.dirname, '../main/packs/import/testing', maker)
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder])
  await use(stdout.trim().split('\n'))
  await rm(folder, { recursive: true, force: true })
}

const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Import a checkpoint' })
const visiblePacks = async (folder: string) => (await readdir(folder)).filter((name) => !name.startsWith('.'))

async function openDialog(page: Page): Promise<Locator> {
  await page.getByRole('link', { name: 'Packs' }).click()
  await page.getByRole('button', { name: 'Import a checkpoint…' }).click()
  return dialogOf(page)
}

async function examine(page: Page, files: readonly string[]): Promise<Locator> {
  const dialog = await openDialog(page)
  await dialog.locator('input[type=file]').setInputFiles([...files])
  await expect(dialog.getByRole('listitem')).toHaveCount(files.length)
  await dialog.getByRole('button', { name: 'Examine' }).click()
  return dialog
}

test('a published checkpoint becomes a pack that draws, once its licence is accepted', async ({
  startStudio,
  checkpoint,
  packsFolder,
}) => {
  test.slow()
  const { page } = await startStudio({ environment: { EASEL_PACKS: packsFolder } })
  const dialog = await examine(page, checkpoint)
  await expect(dialog.getByText('minDALL-E', { exact: true }).first()).toBeVisible()
  await expect(dialog.getByRole('heading', { name: 'Licence of the weights: CC-BY-NC-SA-4.0' })).toBeVisible()
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(isElectron).analyze()
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])

  const install = dialog.getByRole('button', { name: 'Install' })
  await expect(install).toBeDisabled()
  expect(await visiblePacks(packsFolder)).toEqual([])
  await dialog.getByRole('checkbox', { name: /I use the model under its licence/ }).check()
  await dialog.getByRole('textbox', { name: 'Name of the pack' }).fill('My small model')
  await install.click()
  await expect(dialog.getByText('My small model is installed.')).toBeVisible({ timeout: 60_000 })
  expect(await visiblePacks(packsFolder)).toEqual(['my-small-model'])
  await dialog.getByRole('button', { name: 'Use this pack' }).click()
  await draw(page, { prompt: 'ab', candidates: 2 })

  await test.step('draws the pictures that it was installed with again', async () => {
    await page.getByRole('link', { name: 'Packs' }).click()
    const card = page.getByRole('article', { name: 'My small model' })
    await card.getByRole('button', { name: 'Check', exact: true }).click()
    for (const precision of ['fp32', 'int8'])
      await expect(card.getByText(`${precision}: the same tokens`)).toBeVisible({ timeout: 30_000 })
    await expect(card.getByText(/runs on the CPU/)).toBeVisible()
  })

  await test.step('and is removed again', async () => {
    await page.getByRole('link', { name: 'Packs' }).click()
    await page.getByRole('button', { name: 'Remove…' }).click()
    await page.getByRole('button', { name: 'Remove it' }).click()
    await expect(page.getByText('No pack is installed.')).toBeVisible()
    expect(await visiblePacks(packsFolder)).toEqual([])
  })
})

test('an npm package of upscalers becomes one that exports enlarge with', async ({
  startStudio,
  upscaler,
  packsFolder,
}) => {
  const { page } = await startStudio({ environment: { EASEL_PACKS: packsFolder } })
  const dialog = await examine(page, upscaler)
  await expect(dialog.getByText('@somebody/made-upscaler 1.2.3', { exact: true })).toBeVisible()
  await expect(dialog.getByText('×2, ×4')).toBeVisible()
  await expect(dialog.getByRole('heading', { name: 'Licence of the weights: MIT' })).toBeVisible()
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(isElectron).analyze()
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
  await dialog.getByRole('checkbox', { name: /under its licence: MIT/ }).check()
  await dialog.getByRole('button', { name: 'Install' }).click()
  await expect(dialog.getByText('made-upscaler is installed.')).toBeVisible({ timeout: 30_000 })
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(page.getByRole('article', { name: 'made-upscaler' }).getByText('×2, ×4')).toBeVisible()
  expect(await visiblePacks(packsFolder)).toEqual(['made-upscaler'])
})

test('a file that is no checkpoint is refused with the reason, and nothing is installed', async ({
  startStudio,
  packsFolder,
}) => {
  const { page } = await startStudio({ environment: { EASEL_PACKS: packsFolder } })
  const evil = join(packsFolder, '.evil.pt')
  await writeFile(evil, 'cos\nsystem\n(S"touch escaped"\ntR.')
  const dialog = await examine(page, [evil])
  await expect(dialog.getByRole('alert')).toContainText('rule')
  await expect(dialog.getByText('The import failed. Nothing was installed.')).toBeVisible()
  await dialog.getByRole('button', { name: 'Other files' }).click()
  await expect(dialog.getByRole('button', { name: 'Choose files…' })).toBeVisible()
  expect(await visiblePacks(packsFolder)).toEqual([])
})

test('a pack that another program installs appears by itself', async ({ startStudio, checkpoint, packsFolder }) => {
  test.slow()
  const { page } = await startStudio({ environment: { EASEL_PACKS: packsFolder } })
  await page.getByRole('link', { name: 'Packs' }).click()
  await expect(page.getByText('No pack is installed.')).toBeVisible()
  const cli = join(import.meta.dirname, '../main/shells/cli/entry.ts')
  await promisify(execFile)(process.execPath, [cli, 'import', ...checkpoint, '--name', 'From the command line'], {
    env: { ...process.env, EASEL_PACKS: packsFolder },
  })
  await expect(page.getByRole('heading', { name: 'From the command line' })).toBeVisible()
})
