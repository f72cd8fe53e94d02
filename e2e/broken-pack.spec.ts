import { cp, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { finished } from './easel-page.ts'
import { expect, test } from './studio.ts'

/** The starter pack under another name, in a folder of its own. */
async function copyPack(folder: string): Promise<string> {
  const copy = join(folder, 'lent')
  await cp(join(import.meta.dirname, '../models/starter/pack'), copy, { recursive: true })
  const manifest = JSON.parse(await readFile(join(copy, 'pack.json'), 'utf8')) as Record<string, unknown>
  await writeFile(join(copy, 'pack.json'), JSON.stringify({ ...manifest, id: 'lent', name: 'Lent' }))
  return copy
}

test('a file of the pack is missing: what is wrong is said, nothing is lost, and with the file back it is drawn', async ({
  startStudio,
  libraryFolder,
}) => {
  const pack = await copyPack(libraryFolder)
  const { page } = await startStudio({
    libraryFolder: join(libraryFolder, 'library'),
    environment: { EASEL_PACKS: pack },
  })
  const [there, away] = [join(pack, 'vae-decoder.onnx'), join(libraryFolder, 'away.onnx')]
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true })
  const candidates = page.getByRole('spinbutton', { name: 'Candidates' })
  const generate = page.getByRole('button', { name: 'Generate' })
  const choosePack = page.getByRole('combobox', { name: 'Pack' })
  // Asked before the packs are there, whether there is a choice of them would be answered with no.
  const composer = page.getByRole('region', { name: 'Prompt and settings' })
  await expect(composer.getByText(/Lent/)).toBeAttached()
  await expect(generate).toBeDisabled()
  if (await choosePack.isVisible()) await choosePack.selectOption({ label: 'Lent' })
  await prompt.fill('a red apple')
  await expect(generate).toBeEnabled()
  await candidates.fill('2')
  await candidates.press('Tab')
  await rename(there, away)
  await generate.click()

  await expect(page.getByRole('alert').filter({ hasText: 'vae-decoder.onnx' }).first()).toBeVisible()
  await expect(prompt).toHaveValue('a red apple')
  await expect(candidates).toHaveValue('2')
  await rename(away, there)
  await generate.click()
  await finished(page, 2)
})
