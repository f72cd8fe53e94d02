import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { allLoaded, draw, shelvesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('a library is checked, what is missing is said, and a backup is gone back to', async ({
  startStudio,
  libraryFolder,
}) => {
  const { page } = await startStudio()
  await draw(page, { prompt: 'a green tree', candidates: 2 })
  await page.getByRole('link', { name: 'Settings' }).click()
  const said = page.getByRole('status', { name: 'Care of the library' })

  await test.step('it is sound', async () => {
    await page.getByRole('button', { name: 'Check everything' }).click()
    await expect(said).toHaveText('2 pictures checked, nothing wrong')
    await page.getByRole('button', { name: 'Repair' }).click()
    await expect(said).toHaveText('Nothing to repair')
  })

  await test.step('a picture that vanishes behind its back is noticed', async () => {
    await page.getByRole('button', { name: 'Back up now' }).click()
    await expect(page.getByRole('list', { name: 'Backups' }).getByRole('listitem')).not.toHaveCount(0)
    const objects = join(libraryFolder, 'objects')
    const files = (await readdir(objects, { recursive: true })).filter((name) => name.endsWith('.png'))
    await rm(join(objects, files[0]!))
    await page.getByRole('button', { name: 'Check everything' }).click()
    await expect(said).toHaveText(/^1 problem found/)
  })

  await test.step('going back to a backup is asked twice, and keeps the picture that is there', async () => {
    const newest = page.getByRole('list', { name: 'Backups' }).getByRole('listitem').first()
    await newest.getByRole('button', { name: 'Restore…' }).click()
    await newest.getByRole('button', { name: 'Restore', exact: true }).click()
    await expect(said).toHaveText(/^Restored: 1 pictures?$/)
    await page.getByRole('link', { name: 'Library' }).click()
    const pictures = shelvesOf(page).getByRole('option')
    await expect(pictures).toHaveCount(1)
    await allLoaded(pictures)
  })
})
