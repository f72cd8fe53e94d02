import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { allLoaded, shelvesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

const dayMs = 86_400_000
const pictures = 400
/** The made-up library has runs of so many pictures, so many days apart. */
const perRun = 4
/** A run in the middle: its day as this machine calls it, and the place of its newest picture, counted from 1. */
const run = 45
const day = new Date(Date.UTC(2020, 0, 1) + run * perRun * dayMs).toLocaleDateString('sv')
const place = pictures - (run + 1) * perRun + 1

test('any day of a long library is one step away', async ({ startStudio, libraryFolder }) => {
  const folder = join(libraryFolder, 'years')
  const make = join(import.meta.dirname, '../main/library/reliability/make-library.ts')
  execFileSync(process.execPath, [make, folder, '--pictures', `${pictures}`, '--days', `${pictures}`])
  const { page } = await startStudio({ libraryFolder: folder })
  await page.getByRole('link', { name: 'Library' }).click()
  const timeline = page.getByRole('slider', { name: 'Timeline' })
  const shown = (place: number) => shelvesOf(page).locator(`[aria-posinset="${place}"]`)

  await test.step('the newest is in sight', async () => {
    await expect(shown(1)).toBeInViewport()
    await expect(timeline).toHaveAttribute('aria-valuetext', /2021/)
  })
  await test.step('by key to the oldest', async () => {
    await timeline.press('End')
    await expect(shown(pictures)).toBeInViewport()
    await expect(timeline).toHaveAttribute('aria-valuetext', /2020|2019/)
    await allLoaded(shelvesOf(page).getByRole('option'))
  })
  await test.step('by date, to the picture of that day', async () => {
    await page.getByLabel('Go to date').fill(day)
    await expect(shown(place)).toBeFocused()
    await expect(shown(place)).toBeInViewport()
  })
  await test.step('what was looked at last is in sight and in focus afterwards', async () => {
    const viewer = page.getByRole('dialog', { name: 'Picture' })
    const steps = 60
    await page.keyboard.press('Enter')
    await expect(viewer.getByRole('button', { name: 'Verify' })).toBeVisible()
    const looked = viewer.locator('[aria-current=true] img')
    for (let step = 0; step < steps; step += 1) {
      const before = await looked.getAttribute('src')
      await page.keyboard.press('ArrowRight')
      await expect(looked).not.toHaveAttribute('src', before ?? '')
    }
    await page.keyboard.press('Escape')
    await expect(shown(place + steps)).toBeFocused()
    await expect(shown(place + steps)).toBeInViewport()
  })
  await test.step('another question is answered from its beginning', async () => {
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Oldest')
    await expect(shown(1)).toBeInViewport()
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Newest')
    await expect(timeline).toHaveAttribute('aria-valuetext', /2021/)
    await expect(shown(1)).toBeInViewport()
  })
  await test.step('by pointer, to the middle', async () => {
    const box = (await timeline.boundingBox())!
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 4)
    await expect(shown(pictures / 4)).toBeInViewport()
    await allLoaded(shelvesOf(page).getByRole('option'))
  })
})
