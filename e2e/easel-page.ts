import { expect, type Locator, type Page } from '@playwright/test'

/** What is asked for; anything left out stays as the page has it. */
export interface Drawing {
  readonly prompt: string
  readonly candidates?: number
  readonly seed?: number
}

/** Time for some candidates of the starter pack on a busy machine with two cores. */
const drawnWithinMs = (candidates: number): number => Math.max(60_000, candidates * 1000)

export const candidatesOf = (page: Page): Locator => page.getByRole('region', { name: 'Candidates' })
export const statusOf = (page: Page): Locator => candidatesOf(page).getByRole('status')
/** Finished candidates, best first; each opens its picture. */
export const tilesOf = (page: Page): Locator => candidatesOf(page).locator('button[data-tile]')
export const previewsOf = (page: Page): Locator => candidatesOf(page).getByAltText(/, being drawn$/)
export const historyOf = (page: Page): Locator =>
  page.getByRole('region', { name: 'Prompt history' }).locator('[data-history-item]')
export const shelvesOf = (page: Page): Locator => page.getByRole('listbox', { name: 'Pictures' })

/** Opens the panel of filters that are needed now and then, and finds it. */
export async function openMoreFilters(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'More filters' }).click()
  return page.getByRole('dialog', { name: 'More filters' })
}

/** Fills in the composer and starts the run. */
export async function start(page: Page, { prompt, candidates, seed }: Drawing): Promise<void> {
  await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill(prompt)
  // The pack brings its own settings; what is set before it is there may be taken for one of them.
  await expect(page.getByRole('button', { name: 'Generate' })).toBeEnabled()
  if (candidates !== undefined) await setNumber(page, 'Candidates', candidates)
  if (seed !== undefined) await setNumber(page, 'Seed', seed)
  await page.getByRole('button', { name: 'Generate' }).click()
  await expect(candidatesOf(page).getByRole('heading', { name: prompt })).toBeVisible()
}

/** Starts a run and waits for its end. */
export async function draw(page: Page, drawing: Drawing): Promise<void> {
  await start(page, drawing)
  await finished(page, drawing.candidates ?? 16)
}

/** Waits until the run on the easel has ended with every one of its pictures loaded. */
export async function finished(page: Page, candidates: number): Promise<void> {
  await expect(statusOf(page)).toHaveText(new RegExp(`^Finished ${candidates} candidates?$`), {
    timeout: drawnWithinMs(candidates),
  })
  await expect(tilesOf(page)).toHaveCount(candidates)
  await allLoaded(tilesOf(page).getByRole('img'))
}

/** A picture that does not load has no size. */
export async function allLoaded(pictures: Locator): Promise<void> {
  await expect
    .poll(() => pictures.evaluateAll((all) => all.every((image) => (image as HTMLImageElement).naturalWidth > 0)))
    .toBe(true)
}

async function setNumber(page: Page, name: string, value: number): Promise<void> {
  const field = page.getByRole('spinbutton', { name })
  await field.fill(String(value))
  await field.press('Tab')
}
