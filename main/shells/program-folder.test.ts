import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { programFolder, shippedPackFolder } from './program-folder.ts'

test('the program is where its package.json is', () => {
  expect(existsSync(join(programFolder(), 'electron.config.ts'))).toBe(true)
  expect(() => programFolder('/')).toThrow('No package.json above /.')
})

test('the pack lies beside the archive', () => {
  expect(shippedPackFolder('/opt/easel/resources/app.asar')).toBe(
    join('/opt/easel/resources/app.asar.unpacked/models/starter/pack'),
  )
  expect(shippedPackFolder('/home/a/easel')).toBe(join('/home/a/easel/models/starter/pack'))
})
