import { expect, test } from './studio.ts'

test('a prompt becomes ranked pictures, and they are still there after a restart', async ({ startStudio }) => {
  const studio = await startStudio()
  const { page } = studio
  const refused: string[] = []
  page.on('response', (response) => {
    if (response.status() >= 400 && response.url().includes('resource/')) refused.push(response.url())
  })
  await page.getByRole('textbox', { name: 'Prompt' }).fill('a red apple on a white background')
  await page.getByRole('button', { name: 'Generate' }).click()

  const candidates = page.getByRole('region', { name: 'Candidates' })
  await test.step('previews appear while it draws', async () => {
    await expect(candidates.locator('img[src*="preview/"]').first()).toBeVisible()
  })

  await test.step('finished pictures are sorted by CLIP score', async () => {
    await expect(candidates.locator('img[src*="picture/"]')).toHaveCount(16, { timeout: 60_000 })
    const scores = await candidates.getByTestId('clip-score').allTextContents()
    const values = scores.map(Number)
    expect(values).toHaveLength(16)
    expect(values.every(Number.isFinite)).toBe(true)
    expect(values).toEqual([...values].sort((a, b) => b - a))
    expect(new Set(values).size).toBeGreaterThan(1)
  })

  // A candidate without a preview is not asked for one.
  expect(refused).toEqual([])
  expect(studio.complaints()).toEqual([])
  const drawn = await candidates
    .locator('img')
    .evaluateAll((images) => images.map((image) => new URL((image as HTMLImageElement).src).pathname))
  await studio.stop()

  await test.step('after a restart the history and the pictures are there', async () => {
    const { page: again } = await startStudio()
    const history = again.getByRole('region', { name: 'Prompt history' })
    await expect(history.getByText('a red apple on a white background').first()).toBeVisible()
    await again.getByRole('link', { name: 'Library' }).click()
    const pictures = again.getByRole('main').locator('img[src*="picture/"]')
    await expect(pictures).toHaveCount(16)
    const kept = await pictures.evaluateAll((images) =>
      images.map((image) => new URL((image as HTMLImageElement).src).pathname),
    )
    expect([...kept].sort()).toEqual([...drawn].sort())
    // A picture that does not load has no size.
    await expect
      .poll(() => pictures.first().evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0)
  })
})

test('a prompt that says nothing cannot be asked for', async ({ startStudio }) => {
  const { page } = await startStudio()
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true })
  const generate = page.getByRole('button', { name: 'Generate' })
  await prompt.fill('a blue fish')
  await expect(generate).toBeEnabled()
  // Spaces; a zero-width space; letters that are drawn as nothing.
  for (const nothing of ['   ', '\u200b', ' \u2060\n\u3164 ']) {
    await prompt.fill(nothing)
    await expect(generate).toBeDisabled()
    await prompt.press('ControlOrMeta+Enter')
    expect(await prompt.inputValue()).toBe(nothing)
  }
  await expect(page.getByText('Every prompt you try stays here.')).toBeVisible()
})
