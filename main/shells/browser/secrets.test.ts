import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { programFolder } from '../program-folder.ts'
import { startHost } from '../startup/started-host.ts'
import { requestText, sendRaw } from '../testing/raw-http.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-secrets-'))
const logs = join(folder, 'logs')
const before = process.env['EASEL_LOGS']
afterAll(() => {
  if (before === undefined) delete process.env['EASEL_LOGS']
  else process.env['EASEL_LOGS'] = before
  rmSync(folder, { recursive: true, force: true })
})

/** `npm test` builds the page first; without one the studio says so and ends. */
const isBuilt = existsSync(join(programFolder(), 'out/renderer/index.html'))

test('neither the code nor the cookie is in arguments, environment or logs', async () => {
  process.env['EASEL_LOGS'] = logs
  if (!isBuilt) {
    await expect(startHost(join(folder, 'unbuilt'))).rejects.toThrow("The studio's page is not built")
    return
  }
  const host = await startHost(join(folder, 'library'))
  try {
    const { host: name, port, hash } = new URL(host.address)
    const code = hash.slice('#code='.length)
    const post = (url: string, body: object, more: Readonly<Record<string, string>> = {}) => {
      const headers = { Host: name, Origin: `http://${name}`, 'Content-Type': 'application/json', ...more }
      return sendRaw(Number(port), requestText('POST', url, headers, JSON.stringify(body)))
    }
    const wrong = 'x'.repeat(code.length)
    expect((await post('/session', { code: wrong })).status).toBe(401)
    const [cookie = ''] = (await post('/session', { code })).headers['set-cookie']?.split(';') ?? []
    const secret = cookie.split('=')[1] ?? ''
    expect([code.length, secret.length]).toEqual([43, 43])
    // Calls that are written down, one of them with an error.
    expect((await post('/api/createCollection', { name: 'Holidays' }, { Cookie: cookie })).status).toBe(200)
    expect((await post('/api/getPicture', { pictureId: 'none' }, { Cookie: cookie })).status).toBe(400)

    const written = readdirSync(logs)
      .filter((file) => file.endsWith('.log'))
      .map((file) => readFileSync(join(logs, file), 'utf8'))
      .join('\n')
    expect(written).toContain('createCollection')
    const seen = `${written}\n${host.visible()}`
    if (process.platform === 'linux') expect(seen).toContain('--headless')
    for (const hidden of [code, secret]) expect(seen.includes(hidden)).toBe(false)
  } finally {
    await host.stop()
  }
})
