import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { programFolder } from '../program-folder.ts'
import { startHost } from './started-host.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-startup-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The page is built by whoever tries it; without one the studio says so and ends. */
const isBuilt = existsSync(join(programFolder(), 'out/renderer/index.html'))

test('nothing heavy is there before the first picture of the page: no ONNX Runtime, no engine', async () => {
  if (!isBuilt) {
    await expect(startHost(join(folder, 'unbuilt'))).rejects.toThrow("The studio's page is not built")
    return
  }
  const host = await startHost(join(folder, 'library'))
  try {
    expect(await statusOf(host.address)).toBe(200)
    const libraries = host.libraries()
    expect(libraries.filter((name) => /onnx/i.test(name))).toEqual([])
    expect(host.children()).toEqual([])
    // The look itself works: what is known to be there is seen.
    if (process.platform === 'linux') expect(libraries.some((name) => name.endsWith('.node'))).toBe(true)
  } finally {
    await host.stop()
  }
})

function statusOf(address: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(new URL('/', address), (response) => resolve(response.resume().statusCode))
      .once('error', reject)
      .end()
  })
}
