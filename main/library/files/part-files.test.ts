import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, expect, it } from 'vitest'

import { nodeFileSystem } from './file-system.ts'
import { partNameOf, removeLeftParts } from './part-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-parts-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a program killed in the middle of its writing leaves. */
function leavePart(target: string): void {
  const parts = pathToFileURL(join(import.meta.dirname, 'part-files.ts')).href
  const program = `
    import { writeFileSync } from 'node:fs'
    import { partNameOf } from ${JSON.stringify(parts)}
    writeFileSync(partNameOf(${JSON.stringify(target)}), 'half')
    process.kill(process.pid, 'SIGKILL')`
  spawnSync(process.execPath, ['--input-type=module', '--eval', program])
}

it('removes what a killed process left of the same target, and nothing else', () => {
  const target = join(folder, 'library.tar')
  const kept = [
    partNameOf(target),
    partNameOf(join(folder, 'other.tar')),
    target,
    `${target}.tmp`,
    `${target}.00000000-1-0198a4c0-0001-7000-8000-000000000001.tmp`,
  ]
  for (const file of kept) writeFileSync(file, 'half')
  leavePart(target)
  leavePart(join(folder, 'a library.tar'))
  expect(readdirSync(folder)).toHaveLength(kept.length + 2)
  removeLeftParts(nodeFileSystem, target)
  const left = readdirSync(folder)
  expect(left).toHaveLength(kept.length + 1)
  expect(left).toEqual(expect.arrayContaining(kept.map((file) => basename(file))))
})
