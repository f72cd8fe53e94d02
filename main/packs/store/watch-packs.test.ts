import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { watchPacks } from './watch-packs.ts'

let base: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-watch-'))
})
afterEach(() => rm(base, { recursive: true }))

test('a pack that appears is told once, and hidden work is not', async () => {
  const folder = join(base, 'packs')
  const visible = async () => (await readdir(folder)).filter((name) => !name.startsWith('.')).join()
  const changes: string[] = []
  let told = (): void => {}
  const isTold = new Promise<void>((resolve) => {
    told = resolve
  })
  const stop = watchPacks(folder, visible, () => {
    changes.push('changed')
    told()
  })
  await mkdir(join(folder, '.installing-1'))
  await rename(join(folder, '.installing-1'), join(folder, 'mine'))
  await isTold
  stop()
  await rm(join(folder, 'mine'), { recursive: true })
  expect(changes).toEqual(['changed'])
})
