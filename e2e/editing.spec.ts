import type { Page } from '@playwright/test'

import { draw, finished, tilesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

const grid = { rows: 12, columns: 12 }

/** Points at a cell of the open picture and reads its code; row and column count from 1. */
async function readCode(page: Page, row: number, column: number): Promise<string> {
  const dialog = page.getByRole('dialog', { name: 'Picture' })
  const box = (await dialog.getByRole('img').first().boundingBox())!
  await page.mouse.move(
    box.x + ((column - 0.5) / grid.columns) * box.width,
    box.y + ((row - 0.5) / grid.rows) * box.height,
  )
  const said = await dialog.getByText(`row ${row}, column ${column}: code`).textContent()
  return /code \d+/.exec(said!)![0]
}

/** The codes of some cells of the upper half, which the editor keeps until told otherwise. */
async function readUpperHalf(page: Page): Promise<readonly string[]> {
  await page.getByRole('dialog', { name: 'Picture' }).getByText('Token grid', { exact: true }).first().click()
  const codes: string[] = []
  for (const row of [1, 4, 6]) for (const column of [1, 6, 12]) codes.push(await readCode(page, row, column))
  return codes
}

test('the rows kept of a picture are in every picture drawn from it', async ({ startStudio }) => {
  const { page } = await startStudio()
  const viewer = page.getByRole('dialog', { name: 'Picture' })
  const editor = page.getByRole('dialog', { name: 'Edit with words' })
  await draw(page, { prompt: 'a red apple on a white background', candidates: 4, seed: 1 })
  await tilesOf(page).first().click()
  const original = await readUpperHalf(page)

  await test.step('choose what stays', async () => {
    await viewer.getByRole('button', { name: 'Edit with words' }).click()
    await expect(editor.getByRole('radio', { name: 'Keep rows above' })).toBeChecked()
    await expect(editor.getByText('72 of 144 cells stay')).toBeVisible()
    await editor.getByRole('button', { name: 'Use as picture prompt' }).click()
    await expect(editor).toBeHidden()
    await expect(page.getByRole('region', { name: 'Picture prompt' })).toContainText('72 of 144 cells stay')
  })

  await test.step('words draw the rest', async () => {
    await draw(page, { prompt: 'a green apple', candidates: 4, seed: 2 })
    await expect(page.getByText('with a picture')).toBeVisible()
  })

  await test.step('what stayed is the same in the best and in the last', async () => {
    for (const tile of [tilesOf(page).first(), tilesOf(page).last()]) {
      await tile.click()
      expect(await readUpperHalf(page)).toEqual(original)
      await page.keyboard.press('Escape')
      await expect(viewer).toBeHidden()
    }
  })
})

test('brushes say what stays, and more like a picture is one click', async ({ startStudio }) => {
  const { page } = await startStudio()
  const editor = page.getByRole('dialog', { name: 'Edit with words' })
  await draw(page, { prompt: 'a house', candidates: 2, seed: 1 })

  await test.step('paint with the keys, undo and redo', async () => {
    await tilesOf(page).first().press('e')
    await editor.getByText('Redraw brush').click()
    await editor.getByRole('button', { name: 'Keep everything' }).click()
    await expect(editor.getByRole('button', { name: 'Use as picture prompt' })).toBeDisabled()
    const cells = editor.getByRole('application')
    await cells.press('ArrowRight')
    await cells.press('ArrowDown')
    await cells.press(' ')
    await expect(editor.getByText('143 of 144 cells stay')).toBeVisible()
    await editor.getByRole('button', { name: 'Undo' }).click()
    await expect(editor.getByText('144 of 144 cells stay')).toBeVisible()
    await editor.getByRole('button', { name: 'Redo' }).click()
    await expect(editor.getByText('143 of 144 cells stay')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(editor).toBeHidden()
  })

  await test.step('more like this', async () => {
    await tilesOf(page).first().click()
    await page.getByRole('button', { name: 'More like this' }).click()
    await expect(page.getByText('with a picture')).toBeVisible()
    await finished(page, 2)
  })
})
