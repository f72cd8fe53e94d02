import { AxeBuilder } from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'

import { draw, finished, historyOf, openMoreFilters, tilesOf } from './easel-page.ts'
import { endMotion } from './end-motion.ts'
import { isElectron } from './start-studio.ts'
import { expect, test } from './studio.ts'

/** What would keep someone from using this screen, in light and in dark. */
async function lookForBarriers(page: Page): Promise<readonly string[]> {
  const barriers: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await endMotion(page)
    // Electron cannot open the second page that axe would finish its work in.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(isElectron).analyze()
    for (const { id, impact, nodes } of violations)
      if (impact === 'serious' || impact === 'critical')
        barriers.push(`${colorScheme}: ${impact} ${id} at ${nodes.map((node) => node.target.join(' ')).join(' | ')}`)
  }
  return barriers
}

test('axe finds nothing serious before the first picture, nor beside it', async ({ startStudio }) => {
  const { page } = await startStudio({ isTourOffered: true })
  const tour = page.getByRole('region', { name: 'First picture' })
  await expect(page.getByText('Nothing on the easel yet.')).toBeVisible()
  await expect(tour).toBeVisible()
  expect(await lookForBarriers(page)).toEqual([])
  await tour.getByRole('button', { name: 'Skip' }).click()
  await draw(page, { prompt: 'a star', candidates: 4 })
  await historyOf(page).first().hover()
  await page.getByRole('button', { name: 'Pin: a star' }).click()
  await expect(page.getByRole('heading', { name: 'Pinned' })).toBeVisible()
  expect(await lookForBarriers(page)).toEqual([])
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog', { name: 'Commands' })).toBeVisible()
  expect(await lookForBarriers(page)).toEqual([])
})

test('axe finds nothing serious in what opens from a picture', async ({ startStudio }) => {
  const { page } = await startStudio()
  await draw(page, { prompt: 'a star', candidates: 4 })
  await tilesOf(page).first().click()
  const viewer = page.getByRole('dialog', { name: 'Picture' })
  await expect(viewer.getByRole('button', { name: 'Verify' })).toBeVisible()
  expect(await lookForBarriers(page)).toEqual([])
  for (const [button, dialog] of [
    ['Two panels', page.getByRole('dialog', { name: 'Two panels' })],
    ['Export…', page.getByRole('dialog', { name: 'Export pictures' })],
    ['Edit with words', page.getByRole('dialog', { name: 'Edit with words' })],
  ] as const) {
    await viewer.getByRole('button', { name: button }).click()
    await expect(dialog).toBeVisible()
    expect(await lookForBarriers(page)).toEqual([])
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  }
})

test('axe finds nothing serious in the library, the packs and the settings', async ({ startStudio }) => {
  const { page } = await startStudio()
  await draw(page, { prompt: 'a star', candidates: 4 })
  for (const [place, sign] of [
    ['Library', page.getByRole('region', { name: 'Library' }).getByText('4 pictures')],
    ['Packs', page.getByText('Hash of pack.json')],
    ['Settings', page.getByRole('searchbox', { name: 'Search shortcuts' })],
  ] as const) {
    await page.getByRole('link', { name: place }).click()
    await expect(sign.first()).toBeVisible()
    if (place === 'Library') await openMoreFilters(page)
    expect(await lookForBarriers(page)).toEqual([])
  }
})

/** Presses Tab until the focus is there, as one does without a mouse. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const isThere = () => target.evaluate((element) => element === document.activeElement)
  for (let presses = 0; presses < 60 && !(await isThere()); presses += 1) await page.keyboard.press('Tab')
  await expect(target).toBeFocused()
}

test('a picture is asked for, found and looked at by key alone', async ({ startStudio }) => {
  const { page } = await startStudio()
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true })
  await tabTo(page, prompt)
  await page.keyboard.type('a rocket')
  await tabTo(page, page.getByRole('spinbutton', { name: 'Candidates' }))
  await page.keyboard.type('4')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+Enter')
  await finished(page, 4)

  await tabTo(page, tilesOf(page).first())
  await page.keyboard.press('ArrowRight')
  await expect(tilesOf(page).nth(1)).toBeFocused()
  await page.keyboard.press('End')
  await expect(tilesOf(page).last()).toBeFocused()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  const viewer = page.getByRole('dialog', { name: 'Picture' })
  await expect(viewer.getByText('Rank 1 of 4')).toBeVisible()
  await page.keyboard.press('ArrowRight')
  await expect(viewer.getByText('Rank 2 of 4')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(viewer).toBeHidden()
  // Where it was gone on to, not where it was begun.
  await expect(tilesOf(page).nth(1)).toBeFocused()

  await page.keyboard.press('e')
  const editor = page.getByRole('dialog', { name: 'Edit with words' })
  const words = editor.getByLabel('What should the picture show?')
  await tabTo(page, words)
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('a blue rocket')
  await page.keyboard.press('Control+Enter')
  await expect(editor).toBeHidden()
  await finished(page, 4)
  await expect(page.getByRole('region', { name: 'Candidates' }).getByRole('heading')).toHaveText('a blue rocket')
})
