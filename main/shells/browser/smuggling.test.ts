import { afterEach, beforeEach, expect, test } from 'vitest'

import { BrowserVisit } from '../testing/browser-visit.ts'
import { requestText, sendRaw } from '../testing/raw-http.ts'

// A request that hides another one, which would be good: nothing of it must reach the studio.

let visit: BrowserVisit

beforeEach(async () => {
  visit = await BrowserVisit.start()
})
afterEach(() => visit.close())

const json = { 'Content-Type': 'application/json' }

function good(): string {
  return requestText('POST', '/api/listPacks', { ...visit.headers, ...json }, '{}')
}

/** The head of a POST, with lines as they are. */
function head(lines: readonly string[], url = '/api/listPacks'): string {
  const own = Object.entries({ ...visit.headers, ...json }).map(([name, value]) => `${name}: ${value}`)
  return [`POST ${url} HTTP/1.1`, ...own, ...lines, '', ''].join('\r\n')
}

test.each<[string, () => string]>([
  ['a length and chunks', () => head(['Content-Length: 6', 'Transfer-Encoding: chunked']) + `0\r\n\r\n${good()}`],
  ['two lengths', () => head(['Content-Length: 2', 'Content-Length: 40']) + `{}${good()}`],
  ['a negative length', () => head(['Content-Length: -1']) + good()],
  ['an encoding that is none', () => head(['Transfer-Encoding: xchunked']) + `0\r\n\r\n${good()}`],
  ['a space before the colon', () => head(['Transfer-Encoding : chunked']) + `0\r\n\r\n${good()}`],
  ['a line that goes on in the next', () => head(['X-Long: a', ' Content-Length: 2']) + good()],
  ['lines that end in half', () => head(['Content-Length: 2']).replaceAll('\r\n', '\n') + `{}${good()}`],
  ['a whole address', () => head(['Content-Length: 2'], `http://127.0.0.1:${visit.host.port}/api/listPacks`) + '{}'],
  ['a tunnel', () => `CONNECT 127.0.0.1:${visit.host.port} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${good()}`],
  [
    'an upgrade that is refused',
    () =>
      requestText('GET', '/events', { ...visit.headersWith({ Origin: 'null' }), Upgrade: 'websocket' }).replace(
        'Connection: close',
        'Connection: Upgrade',
      ) + good(),
  ],
  [
    'a body that is a request, behind a foreign Origin',
    () => requestText('POST', '/api/listPacks', visit.headersWith({ Origin: 'https://evil.example' }), good()),
  ],
])('%s', async (_what, request) => {
  const { status } = await sendRaw(visit.host.port, request())
  expect(visit.studio.calls).toEqual([])
  expect(status === 0 || status >= 400).toBe(true)
})

test('of two requests in one go each is checked by itself', async () => {
  const first = good().replace('Connection: close', 'Connection: keep-alive')
  const foreign = requestText('POST', '/api/listQueue', { ...visit.headersWith({ Origin: 'null' }), ...json }, '{}')
  await sendRaw(visit.host.port, first + foreign)
  expect(visit.studio.calls.map(({ name }) => name)).toEqual(['listPacks'])
})
