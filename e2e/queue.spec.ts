import { draw, historyOf, start, statusOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('a paused queue in an order of its own is the same after a restart', async ({ startStudio }) => {
  test.slow()
  const studio = await startStudio()
  const history = studio.page.getByRole('region', { name: 'Prompt history' })
  // Long enough to be paused behind.
  await start(studio.page, { prompt: 'a green tree', candidates: 128 })
  await history.getByRole('button', { name: 'Pause' }).click()
  await start(studio.page, { prompt: 'a red apple', candidates: 2 })
  await start(studio.page, { prompt: 'a blue car', candidates: 2 })
  await history.getByRole('button', { name: 'Next in line: a blue car' }).click()
  await historyOf(studio.page).filter({ hasText: 'a green tree' }).click()
  await studio.page.getByRole('region', { name: 'Candidates' }).getByRole('button', { name: 'Cancel' }).click()
  await expect(statusOf(studio.page)).toHaveText(/^Cancelled/)
  await studio.kill()

  const { page } = await startStudio()
  await expect(statusOf(page)).toHaveText('Waiting: the queue is paused')
  await expect(page.getByRole('region', { name: 'Candidates' }).getByRole('heading')).toHaveText('a blue car')
  await page.getByRole('region', { name: 'Candidates' }).getByRole('button', { name: 'Go on' }).click()
  await expect(historyOf(page).filter({ hasText: 'a red apple' })).toContainText('2 pictures')
  await expect(historyOf(page).filter({ hasText: 'a blue car' })).toContainText('2 pictures')
  await test.step('and a new run is drawn at once', () => draw(page, { prompt: 'a pizza', candidates: 2 }))
})
