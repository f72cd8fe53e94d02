import { tilesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('a newcomer is led from nothing to a first picture, once', async ({ startStudio }) => {
  test.slow()
  const studio = await startStudio({ isTourOffered: true })
  const { page } = studio
  const tour = page.getByRole('region', { name: 'First picture' })

  await test.step('a prompt', async () => {
    await expect(tour).toContainText('1 of 3')
    await tour.getByRole('button', { name: 'a red apple' }).click()
    await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).toHaveValue('a red apple')
  })
  await test.step('a run', async () => {
    await expect(tour).toContainText('2 of 3')
    await page.getByRole('spinbutton', { name: 'Candidates' }).fill('4')
    await tour.getByRole('button', { name: 'Generate' }).click()
  })
  await test.step('the best picture', async () => {
    await expect(tour).toContainText('3 of 3', { timeout: 60_000 })
    await expect(tilesOf(page)).toHaveCount(4)
    await tour.getByRole('button', { name: 'Look at the best one' }).click()
    await expect(page.getByRole('dialog', { name: 'Picture' })).toContainText('Rank 1 of 4')
    await page.keyboard.press('Escape')
    await expect(tour).toBeHidden()
  })
  await test.step('it does not come again by itself', async () => {
    await page.reload()
    await expect(page.getByRole('region', { name: 'Prompt history' })).toContainText('a red apple')
    await expect(tour).toBeHidden()
  })
})
