import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { StudioError } from '#app/contract/errors.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'
import { BrowserVisit } from '../testing/browser-visit.ts'

const pictureId = '01890a5d-ac96-774b-bcce-b302099a8057'
let visit: BrowserVisit

beforeEach(async () => {
  visit = await BrowserVisit.start()
})
afterEach(() => visit.close())

test('a code opens one browser, once', async () => {
  const first = visit.code
  const answer = await visit.exchange(first)
  expect(answer.status).toBe(204)
  expect(answer.headers['set-cookie']).toMatch(/^easel_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  expect((await visit.exchange(first)).status).toBe(401)
  expect(visit.code).not.toBe(first)
})

test('without a session there is the door and nothing behind it', async () => {
  const outside = visit.headersWith({ Cookie: undefined })
  const door = await visit.get('/', outside)
  expect([door.status, door.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(door.body).toContain('/door.js')

  const behind = ['/index.html', '/assets/index-4f1c.js', '/api/getStudioInfo', `/resource/picture/${pictureId}`]
  const statuses = await Promise.all(behind.map(async (url) => (await visit.get(url, outside)).status))
  expect(statuses).toEqual([401, 401, 401, 401])
  expect((await visit.get('/session', outside)).status).toBe(401)
  expect((await visit.get('/session')).status).toBe(204)
  expect(visit.studio.calls).toEqual([])
})

test('with a session the page is served under its policy', async () => {
  const page = await visit.get('/')
  expect(page.body).toBe('<!doctype html><title>studio</title>')
  expect(page.headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; " +
      `connect-src 'self' ws://127.0.0.1:${visit.host.port}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; ` +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
  )
  expect(page.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  })
  const script = await visit.get('/assets/index-4f1c.js')
  expect([script.headers['content-type'], script.headers['cache-control']]).toEqual([
    'text/javascript; charset=utf-8',
    'private, max-age=31536000, immutable',
  ])
})

test('a call reaches the studio and its result comes back', async () => {
  visit.studio.results.set('listQueue', [{ text: '</script><script>alert(1)</script>' }])
  const answer = await visit.post('/api/listQueue', '{"a":[1]}')
  expect(visit.studio.calls).toEqual([{ name: 'listQueue', payload: { a: [1] } }])
  expect(answer.status).toBe(200)
  expect(answer.body).not.toContain('<')
  expect(JSON.parse(answer.body)).toEqual({ result: [{ text: '</script><script>alert(1)</script>' }] })
})

test('a call that returns nothing answers null, and a failure is told without its stack', async () => {
  expect(JSON.parse((await visit.post('/api/cancelGeneration', '{}')).body)).toEqual({ result: null })

  visit.studio.results.set('getPicture', new StudioError('notFound', 'There is no such picture.'))
  const failed = await visit.post('/api/getPicture', '{}')
  expect(failed.status).toBe(404)
  expect(JSON.parse(failed.body)).toEqual({
    error: { code: 'notFound', name: 'StudioError', message: 'There is no such picture.' },
  })
})

test.each([
  ['an unknown call', '/api/toString', '{}', 404],
  ['a name from the prototype', '/api/__proto__', '{}', 404],
  ['an array', '/api/listPacks', '[]', 400],
  ['null', '/api/listPacks', 'null', 400],
  ['no JSON', '/api/listPacks', '{"a":', 400],
  ['no body', '/api/listPacks', '', 400],
  ['a long body', '/api/listPacks', `{"a":"${'x'.repeat(1024 * 1024)}"}`, 413],
  ['a long code', '/session', `{"code":"${'x'.repeat(2000)}"}`, 413],
])('%s is refused', async (_what, url, body, status) => {
  expect((await visit.post(url, body)).status).toBe(status)
  expect(visit.studio.calls).toEqual([])
})

test('a body that grows past its limit is cut off', async () => {
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  const headers = { ...visit.headers, 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }
  const long = await visit.send('POST', '/api/listPacks', headers, chunk.repeat(20))
  expect([0, 400, 413]).toContain(long.status)
  expect(visit.studio.calls).toEqual([])
})

test('resources are found by id only', async () => {
  const bytes = new TextEncoder().encode('picture')
  visit.studio.resources.set(`picture/${pictureId}`, { bytes, type: 'image/png' })
  visit.studio.resources.set(`preview/${pictureId}/3/14`, { bytes, type: 'text/html' })

  const picture = await visit.get(`/resource/picture/${pictureId}`)
  expect([picture.body, picture.headers['content-type'], picture.headers['cache-control']]).toEqual([
    'picture',
    'image/png',
    'private, max-age=31536000, immutable',
  ])
  expect(picture.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'; sandbox")

  const preview = await visit.get(`/resource/preview/${pictureId}/3/14`)
  expect(preview.headers['content-type']).toBe('application/octet-stream')
  expect((await visit.get('/resource/picture/..')).status).toBe(404)
  expect(visit.studio.asked).toHaveLength(2)
})

test('events reach every open page', async () => {
  const pages = await Promise.all([openPage(), openPage()])
  const received = pages.map(
    (page) => new Promise((resolve) => page.once('message', (data: Buffer) => resolve(data.toString()))),
  )
  const event: StudioEvent = { type: 'packsChanged' }
  visit.studio.emit(event)
  expect(await Promise.all(received)).toEqual(['{"type":"packsChanged"}', '{"type":"packsChanged"}'])
  for (const page of pages) page.terminate()
})

test('a page that talks on the event socket is cut off', async () => {
  const page = await openPage()
  const closed = new Promise((resolve) => page.once('close', resolve))
  page.send('{"call":"generate"}')
  expect(await closed).toBe(1008)
})

test('closing stops listening to the studio and says so to its pages', async () => {
  const page = await openPage()
  const closed = new Promise((resolve) => page.once('close', resolve))
  await visit.close()
  expect(await closed).toBe(1001)
  expect(visit.studio.listenerCount).toBe(0)
  visit = await BrowserVisit.start()
})

async function openPage(): Promise<WebSocket> {
  const page = new WebSocket(`ws://127.0.0.1:${visit.host.port}/events`, { headers: visit.headers })
  await new Promise((resolve, reject) => page.once('open', resolve).once('error', reject))
  return page
}
