import { cp, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { finished } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('a prompt becomes ranked pictures, and they are still there after a restart', async ({ startStudio }) => {
  const studio = await startStudio()
  const { page } = studio
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

/** The starter pack under another name, in a folder of its own. */
async function copyPack(folder: string): Promise<string> {
  const shipped = join(import.meta.dirname, '../models/starter/pack')
  const copy = join(folder, 'lent')
  await cp(shipped, copy, { recursive: true })
  const manifest = JSON.parse(await readFile(join(copy, 'pack.json'), 'utf8')) as Record<string, unknown>
  await writeFile(join(copy, 'pack.json'), JSON.stringify({ ...manifest, id: 'lent', name: 'Lent' }))
  return copy
}

test('what went wrong is said in a sentence with something to do, and nothing is lost', async ({
  startStudio,
  libraryFolder,
}) => {
  test.slow()
  const pack = await copyPack(libraryFolder)
  const { page } = await startStudio({
    libraryFolder: join(libraryFolder, 'library'),
    environment: { EASEL_PACKS: pack },
  })
  const [there, away] = [join(pack, 'vae-decoder.onnx'), join(libraryFolder, 'away.onnx')]
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true })
  await prompt.fill('a red apple')
  await expect(page.getByRole('button', { name: 'Generate' })).toBeEnabled()
  await page.getByRole('combobox', { name: 'Pack' }).selectOption('lent')
  await page.getByRole('spinbutton', { name: 'Candidates' }).fill('4')
  await rename(there, away)
  await page.getByRole('button', { name: 'Generate' }).click()

  const alert = page.getByRole('alert').filter({ hasText: 'pack' }).first()
  await test.step('the sentence, what to do, and the file that is missing', async () => {
    await expect(alert).toContainText('A pack did not pass its check. Install the pack again.')
    await expect(alert).toContainText('vae-decoder.onnx')
  })
  await test.step('the prompt and the settings are as they were', async () => {
    await expect(prompt).toHaveValue('a red apple')
    await expect(page.getByRole('spinbutton', { name: 'Candidates' })).toHaveValue('4')
  })
  await test.step('with the file back, the same is drawn', async () => {
    await rename(away, there)
    await page.getByRole('button', { name: 'Generate' }).click()
    await finished(page, 4)
  })
})
