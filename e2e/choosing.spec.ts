import type { Locator, Page } from '@playwright/test'

import { candidatesOf, draw, tilesOf } from './easel-page.ts'
import { viewerOf } from './picture-dialogs.ts'
import { expect, test } from './studio.ts'

const inTiles = (page: Page): Promise<number[]> =>
  tilesOf(page).evaluateAll((tiles) => tiles.map((tile) => Number((tile as HTMLElement).dataset.tile)))
const sources = (images: Locator) =>
  images.evaluateAll((all) => all.map((image) => new URL((image as HTMLImageElement).src).pathname))

test('candidates are sorted, rated, rejected and compared, all by key', async ({ startStudio }) => {
  test.slow()
  const { page } = await startStudio()
  const viewer = viewerOf(page)
  const sort = candidatesOf(page).getByRole('combobox', { name: 'Sort' })
  await draw(page, { prompt: 'a rocket', candidates: 8, seed: 3 })

  await test.step('what fewer candidates would have given', async () => {
    await page.keyboard.press('ControlOrMeta+i')
    const insight = page.getByRole('region', { name: 'About this run' })
    const curve = await insight.getByRole('img', { name: /^Expected best CLIP score/ }).getAttribute('aria-label')
    const values = [...curve!.matchAll(/\b(\d+): (-?\d\.\d+)/g)].map(
      ([, n, score]) => [Number(n), Number(score)] as const,
    )
    expect(values.map(([n]) => n)).toEqual([1, 2, 4, 8])
    const best = Number(await candidatesOf(page).getByTestId('clip-score').first().textContent())
    expect(values.at(-1)![1]).toBe(best)
    expect(values.map(([, score]) => score)).toEqual(values.map(([, score]) => score).sort((a, b) => a - b))
    await expect(insight.getByRole('img', { name: 'Histogram of CLIP scores of the run' })).toBeVisible()
  })
  await test.step('in the order drawn, and by own stars', async () => {
    await sort.selectOption('Order drawn')
    await expect.poll(() => inTiles(page)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    await tilesOf(page).nth(5).press('5')
    await tilesOf(page).nth(2).press('3')
    await sort.selectOption('Own stars')
    await expect.poll(async () => (await inTiles(page)).slice(0, 2)).toEqual([5, 2])
    await sort.selectOption('CLIP score')
  })
  await test.step('two, then four side by side; the slider moves by key', async () => {
    const [best, second] = [tilesOf(page).nth(0), tilesOf(page).nth(1)]
    await best.press('c')
    await second.press('c')
    await page.keyboard.press('ControlOrMeta+d')
    const dialog = page.getByRole('dialog', { name: 'Compare pictures' })
    await expect(dialog.getByRole('group')).toHaveCount(2)
    await dialog.getByText('Slider', { exact: true }).click()
    const slider = dialog.getByRole('slider')
    await slider.press('End')
    await expect(slider).toHaveValue('1')
    await dialog.getByRole('group').first().getByRole('button', { name: '4 stars' }).click()
    await page.keyboard.press('Escape')
    await expect(candidatesOf(page).getByRole('img', { name: 'rated 4 of 5' })).toHaveCount(1)
    for (const place of [2, 3]) await tilesOf(page).nth(place).press('c')
    await candidatesOf(page).getByRole('button', { name: 'Compare 4' }).click()
    await expect(dialog.getByRole('group')).toHaveCount(4)
    await page.keyboard.press('Escape')
    await candidatesOf(page).getByRole('button', { name: 'Clear comparison' }).click()
  })
  await test.step('zoomed in, one goes on judging: stars, out with it, and back', async () => {
    await tilesOf(page).first().press(' ')
    await expect(viewer.getByText('Rank 1 of 8')).toBeVisible()
    await page.keyboard.press('2')
    await expect(viewer.getByRole('button', { name: '2 stars' })).toHaveAttribute('aria-pressed', 'true')
    await expect(viewer.getByRole('button', { name: '3 stars' })).toHaveAttribute('aria-pressed', 'false')
    await page.keyboard.press('x')
    await expect(viewer.getByText('Rank 2 of 8')).toBeVisible()
    await expect(viewer.getByRole('list', { name: 'Candidates of this run' }).getByRole('listitem')).toHaveCount(7)
    await viewer.getByRole('button', { name: 'Undo' }).click()
    await expect(viewer.getByRole('list', { name: 'Candidates of this run' }).getByRole('listitem')).toHaveCount(8)
    await viewer.focus()
    await page.keyboard.press(' ')
    await expect(viewer).toBeHidden()
    await expect(tilesOf(page)).toHaveCount(8)
  })
  await test.step('letters in the field of tags are letters', async () => {
    await tilesOf(page).first().press('Enter')
    const tag = viewer.getByRole('combobox', { name: 'Add a tag' })
    await tag.pressSequentially('huge big beach 1x')
    await expect(tag).toHaveValue('huge big beach 1x')
    await page.keyboard.press('Escape')
  })
  await test.step('rejected on the easel', async () => {
    const shown = await sources(tilesOf(page).getByRole('img'))
    await tilesOf(page).first().press('x')
    await expect(tilesOf(page)).toHaveCount(7)
    expect(await sources(tilesOf(page).getByRole('img'))).toEqual(shown.slice(1))
  })
})

test('commands are found by name, and their keys can be changed', async ({ startStudio }) => {
  const { page } = await startStudio()
  await expect(page.getByRole('navigation')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+k')
  const palette = page.getByRole('dialog', { name: 'Commands' })
  await palette.getByRole('combobox').fill('go set')
  await expect(palette.getByRole('option')).toHaveText([/^Go to Settings/])
  await page.keyboard.press('Enter')
  await page.getByRole('searchbox', { name: 'Search shortcuts' }).fill('library')
  const change = page.getByRole('button', { name: 'Change shortcut: Go to Library' })
  await change.click()
  await page.keyboard.press('ControlOrMeta+k')
  await expect(page.getByRole('alert')).toHaveText('Already used for: Commands')
  await page.keyboard.press('Alt+7')
  await expect(change).toHaveText('Alt 7')
  await page.getByRole('heading', { name: 'Settings', exact: true }).click()
  await page.keyboard.press('Alt+7')
  await expect(page.getByRole('region', { name: 'Library' })).toBeVisible()
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Back to the original keys' }).click()
  await expect(page.getByRole('button', { name: 'Change shortcut: Go to Library' })).toHaveText(/2$/)
})
