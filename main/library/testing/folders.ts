import { accessSync, constants, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder in memory where there is such a thing: tests that do not measure the disk need not wait for it. */
export function makeQuickFolder(name: string): string {
  const memory = '/dev/shm'
  try {
    accessSync(memory, constants.W_OK)
    return mkdtempSync(join(memory, `easel-${name}-`))
  } catch {
    return makeDiskFolder(name)
  }
}

export function makeDiskFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `easel-${name}-`))
}
