import { resolve } from 'node:path'
import { expect, it } from 'vitest'

import { libraryFolder } from './data-folder.ts'

it('prefers the flag, then EASEL_LIBRARY, then the data folder', () => {
  const environment = { EASEL_LIBRARY: 'from-environment' }
  expect(libraryFolder(environment, 'from-flag')).toBe(resolve('from-flag'))
  expect(libraryFolder(environment)).toBe(resolve('from-environment'))
  expect(libraryFolder({ EASEL_LIBRARY: '' })).toMatch(/easel[\\/](Data[\\/])?library$/)
})
