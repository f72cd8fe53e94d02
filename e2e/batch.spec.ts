import { draw, openMoreFilters, shelvesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('chosen pictures are tagged and collected together', async ({ startStudio }) => {
  test.slow()
  const { page } = await startStudio()
  const library = page.getByRole('region', { name: 'Library' })
  const status = library.getByRole('status').first()
  const bar = page.getByRole('toolbar', { name: /chosen$/ })
  const shown = shelvesOf(page).getByRole('option')
  await draw(page, { prompt: 'a red apple', candidates: 4, seed: 1 })
  await page.getByRole('link', { name: 'Library' }).click()
  await expect(status).toHaveText('4 pictures')

  const tagged = async (tag: string, pictures: number): Promise<void> => {
    const filters = await openMoreFilters(page)
    // An undo is on its way until the filter knows of it.
    await filters.getByRole('combobox', { name: 'Tag' }).selectOption({ label: `${tag} (${pictures})` })
    await expect(status).toHaveText(`${pictures} pictures found`)
    await page.keyboard.press('Escape')
    await library.getByRole('button', { name: 'Show everything' }).click()
    await expect(status).toHaveText('4 pictures')
  }

  await test.step('a range with Shift gets a tag', async () => {
    await shown.nth(0).click({ modifiers: ['ControlOrMeta'] })
    await shown.nth(2).click({ modifiers: ['Shift'] })
    await expect(bar).toHaveAccessibleName('3 pictures chosen')
    await bar.getByRole('combobox', { name: 'Add a tag' }).fill('keep')
    await page.keyboard.press('Enter')
    await expect(page.getByText('3 pictures tagged “keep”.')).toBeVisible()
    await tagged('keep', 3)
  })

  await test.step('all of them: undo takes the tag off those only that had none', async () => {
    await bar.getByRole('button', { name: 'Choose all' }).click()
    await expect(bar).toHaveAccessibleName('4 pictures chosen')
    await bar.getByRole('combobox', { name: 'Add a tag' }).fill('keep')
    await page.keyboard.press('Enter')
    await expect(page.getByText('1 picture tagged “keep”.')).toBeVisible()
    await tagged('keep', 4)
    await page.getByRole('button', { name: 'Undo' }).click()
    await tagged('keep', 3)
  })

  await test.step('and it is taken off again', async () => {
    await bar.getByRole('combobox', { name: 'Take a tag off…' }).selectOption('keep')
    await expect(page.getByText('“keep” taken off 3 pictures.')).toBeVisible()
    await page.getByRole('button', { name: 'Undo' }).click()
    await tagged('keep', 3)
  })

  await test.step('a new collection holds them', async () => {
    await bar.getByRole('combobox', { name: 'Add to collection…' }).selectOption('New collection…')
    await bar.getByRole('textbox', { name: 'Name of the collection' }).fill('Apples')
    await page.keyboard.press('Enter')
    const filters = await openMoreFilters(page)
    await filters.getByRole('combobox', { name: 'Collection' }).selectOption({ label: 'Apples (4)' })
    await expect(status).toHaveText('4 pictures found')
  })
})
