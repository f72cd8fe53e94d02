import { allLoaded, draw, finished, historyOf, previewsOf, shelvesOf, start, statusOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('a run that a power cut ends goes on by itself, and no picture is lost', async ({ startStudio }) => {
  test.slow()
  const studio = await startStudio()
  await draw(studio.page, { prompt: 'a green tree', candidates: 4 })
  await start(studio.page, { prompt: 'a red apple on a white background', candidates: 16 })
  await expect(previewsOf(studio.page).first()).toBeVisible()
  await expect(statusOf(studio.page)).toHaveText(/^Drawing/)
  await studio.kill()

  const { page } = await startStudio()
  await test.step('it is on the easel again, and ends', () => finished(page, 16))
  await test.step('the history has both runs, finished', async () => {
    await expect(historyOf(page)).toHaveText([
      /a red apple on a white background.*16 pictures/,
      /a green tree.*4 pictures/,
    ])
  })
  await test.step('the library has the pictures of both', async () => {
    await page.getByRole('link', { name: 'Library' }).click()
    const pictures = shelvesOf(page).getByRole('option')
    await expect(pictures).toHaveCount(20)
    await allLoaded(pictures)
  })
})
