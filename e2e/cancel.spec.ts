import { draw, finished, historyOf, previewsOf, start, statusOf, tilesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

// Many chunks, so that a fast machine is still drawing when the first picture lets the button be pressed.
const all = 384

test('a cancelled run keeps what is finished, can be finished later, and is in nobody’s way', async ({
  startStudio,
}) => {
  test.slow()
  const { page } = await startStudio()
  await start(page, { prompt: 'a blue car', candidates: all })
  await expect(previewsOf(page).first()).toBeVisible()
  await expect(tilesOf(page).first()).toBeVisible({ timeout: 60_000 })
  await page.getByRole('region', { name: 'Candidates' }).getByRole('button', { name: 'Cancel' }).click()

  await expect(statusOf(page)).toHaveText(new RegExp(`^Cancelled \\d+ of ${all} candidates were finished and kept$`))
  const kept = Number(/\d+/.exec((await statusOf(page).textContent())!)![0])
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThan(all)
  await expect(tilesOf(page)).toHaveCount(kept)
  await expect(previewsOf(page)).toHaveCount(0)
  await expect(historyOf(page).first()).toHaveText(/a blue car.*Cancelled/)

  await test.step('a new run is drawn at once', () => draw(page, { prompt: 'a pizza', candidates: 4 }))
  await test.step('what is missing is drawn when asked for', async () => {
    await historyOf(page).filter({ hasText: 'a blue car' }).click()
    await page.getByRole('button', { name: 'Finish it' }).click()
    await finished(page, all)
  })
})
