import type { Page } from '@playwright/test'

export const viewerOf = (page: Page) => page.getByRole('dialog', { name: 'Picture' })
export const editorOf = (page: Page) => page.getByRole('dialog', { name: 'Edit with words' })

/** Rows and columns of places, as the pack has them; a palette's tokens are not among them. */
export interface Grid {
  readonly rows: number
  readonly columns: number
}

/** Of the open picture. */
export async function readGrid(page: Page): Promise<Grid> {
  const said = await viewerOf(page)
    .getByText(/^\d+ × \d+ codes/)
    .textContent()
  const [, rows, columns] = /(\d+) × (\d+) codes/.exec(said!)!
  return { rows: Number(rows), columns: Number(columns) }
}

/** Points at a cell of the open picture and reads its code; row and column count from 1. */
async function readCode(page: Page, grid: Grid, row: number, column: number): Promise<string> {
  const dialog = viewerOf(page)
  const box = (await dialog.getByRole('img').first().boundingBox())!
  await page.mouse.move(
    box.x + ((column - 0.5) / grid.columns) * box.width,
    box.y + ((row - 0.5) / grid.rows) * box.height,
  )
  const said = await dialog.getByText(`row ${row}, column ${column}: code`).textContent()
  return /code \d+/.exec(said!)![0]
}

/** The codes of some cells of the open picture: three columns of the rows given. */
export async function readCodes(page: Page, grid: Grid, rows: readonly number[]): Promise<readonly string[]> {
  await viewerOf(page).getByText('Token grid', { exact: true }).first().click()
  const codes: string[] = []
  for (const row of rows)
    for (const column of [1, grid.columns >> 1, grid.columns]) codes.push(await readCode(page, grid, row, column))
  return codes
}
