import { resolve } from 'node:path'
import { expect, it } from 'vitest'

import { installedPacksFolder, libraryFolder } from './data-folder.ts'

it('prefers the flag, then EASEL_LIBRARY, then the data folder', () => {
  const environment = { EASEL_LIBRARY: 'from-environment' }
  expect(libraryFolder(environment, 'from-flag')).toBe(resolve('from-flag'))
  expect(libraryFolder(environment)).toBe(resolve('from-environment'))
  expect(libraryFolder({ EASEL_LIBRARY: '' })).toMatch(/easel[\\/](Data[\\/])?library$/)
})

it('finds packs in EASEL_PACKS or the data folder', () => {
  expect(installedPacksFolder({ EASEL_PACKS: 'p' })).toBe(resolve('p'))
  expect(installedPacksFolder({})).toMatch(/easel[\\/](Data[\\/])?packs$/)
})
