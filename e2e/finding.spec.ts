import { draw, finished, openMoreFilters, shelvesOf, start } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('labels, near-duplicates and the seed bring pictures together', async ({ startStudio }) => {
  test.slow()
  const { page } = await startStudio()
  const library = page.getByRole('region', { name: 'Library' })
  const status = library.getByRole('status').first()
  await draw(page, { prompt: 'a red apple', candidates: 3, seed: 1 })
  await draw(page, { prompt: 'a blue car', candidates: 3, seed: 2 })
  // The same once more: pictures that are alike to the pixel.
  await start(page, { prompt: 'a red apple', candidates: 3, seed: 1 })
  await finished(page, 3)

  await test.step('every picture is compared with a list of labels', async () => {
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('textbox', { name: 'Labels, one a line' }).fill('an apple\n\na car')
    await page.getByRole('button', { name: 'Add labels' }).click()
    for (const name of ['an apple', 'a car'])
      await expect(page.getByRole('listitem').filter({ hasText: name })).toContainText('9 pictures compared')
  })

  await test.step('and the library narrowed by how well a label fits', async () => {
    await page.getByRole('button', { name: 'Show pictures like a picture of an apple' }).click()
    const filters = await openMoreFilters(page)
    const least = filters.getByRole('spinbutton', { name: 'Least likeness to the label' })
    await expect(filters.getByRole('combobox', { name: 'Label' })).toHaveValue('a picture of an apple')
    const counts: number[] = []
    for (const likeness of ['-1', '1']) {
      await least.fill(likeness)
      await least.press('Tab')
      await expect(status).toHaveText(likeness === '1' ? '0 pictures found' : '9 pictures found')
      counts.push(await shelvesOf(page).getByRole('option').count())
    }
    expect(counts).toEqual([9, 0])
    await page.keyboard.press('Escape')
    await library.getByRole('button', { name: 'Remove filter: a picture of an apple ≥ 1' }).click()
    await expect(status).toHaveText('9 pictures')
  })

  await test.step('a seed has its own pictures', async () => {
    const seed = (await openMoreFilters(page)).getByRole('spinbutton', { name: 'Seed' })
    await seed.fill('2')
    await seed.press('Tab')
    await expect(status).toHaveText('3 pictures found')
    await page.keyboard.press('Escape')
    await shelvesOf(page).getByRole('option').first().click()
    const viewer = page.getByRole('dialog', { name: 'Picture' })
    await expect(viewer).toContainText('a blue car')
    await page.keyboard.press('Escape')
    await openMoreFilters(page)
    await seed.fill('1')
    await seed.press('Tab')
    await expect(status).toHaveText('6 pictures found')
    await page.keyboard.press('Escape')
    await library.getByRole('button', { name: 'Show everything' }).click()
    await expect(status).toHaveText('9 pictures')
  })

  await test.step('what is alike is let go, and brought back', async () => {
    await library.getByRole('button', { name: 'Near-duplicates' }).click()
    const dialog = page.getByRole('dialog', { name: 'Near-duplicates' })
    await expect(dialog.getByRole('status')).toHaveText('9 pictures looked at')
    const group = dialog.getByRole('listitem').filter({ hasText: 'a red apple' }).first()
    const alike = await group.getByRole('img').count()
    expect(alike).toBeGreaterThan(1)
    await group.getByRole('button', { name: 'Delete the other' }).click()
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    await dialog.getByRole('button', { name: 'Back to the library' }).click()
    await expect(status).toHaveText(`${9 - (alike - 1)} pictures`)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(status).toHaveText('9 pictures')
  })
})
