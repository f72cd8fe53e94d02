import { allLoaded, draw, finished, historyOf, previewsOf, shelvesOf, start, statusOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

// Enough that a fast machine is still drawing when it is killed.
const candidates = 64

test('a run that a power cut ends goes on by itself, and no picture is lost', async ({ startStudio }) => {
  test.slow()
  const studio = await startStudio()
  await draw(studio.page, { prompt: 'a green tree', candidates: 4 })
  await start(studio.page, { prompt: 'a red apple on a white background', candidates })
  await expect(previewsOf(studio.page).first()).toBeVisible()
  await expect(statusOf(studio.page)).toHaveText(/^Drawing/)
  await studio.kill()

  const { page } = await startStudio()
  await test.step('it is on the easel again, and ends', () => finished(page, candidates))
  await test.step('the history has both runs, finished', async () => {
    await expect(historyOf(page)).toHaveText([
      new RegExp(`a red apple on a white background.*${candidates} pictures`),
      /a green tree.*4 pictures/,
    ])
  })
  await test.step('the library has the pictures of both', async () => {
    await page.getByRole('link', { name: 'Library' }).click()
    const count = page.getByRole('region', { name: 'Library' }).getByRole('status').first()
    await expect(count).toHaveText(`${candidates + 4} pictures`)
    await allLoaded(shelvesOf(page).getByRole('option'))
  })
})
