import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'

import { allowedHosts, checkRequest } from './request-check.ts'

const port = 4000
const own = 'http://127.0.0.1:4000'

interface Changes {
  readonly method?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly rawHeaders?: readonly string[]
}

function check(
  { method = 'POST', url = '/api/generate', headers = {}, rawHeaders = [] }: Changes,
  isUpgrade = false,
): number | undefined {
  const all = { host: '127.0.0.1:4000', origin: own, 'sec-fetch-site': 'same-origin', ...headers }
  return checkRequest({ method, url, headers: all, rawHeaders } as unknown as IncomingMessage, port, isUpgrade)?.status
}

test('what the page sends is let in, under each name of this machine', () => {
  const names = allowedHosts(port).map((host) => check({ headers: { host, origin: `http://${host}` } }))
  expect(names).toEqual([undefined, undefined, undefined])
})

test('on port 80 the names stand alone, as browsers send them', () => {
  expect(allowedHosts(80)).toEqual(['127.0.0.1', 'localhost', '[::1]'])
})

test('a client that is no browser may read, but not write', () => {
  const headers = { origin: undefined, 'sec-fetch-site': undefined }
  expect([
    check({ method: 'GET', headers }),
    check({ headers }),
    check({ method: 'GET', url: '/events', headers }, true),
  ]).toEqual([undefined, 403, 403])
})

test.each<[string, Changes, number]>([
  ['no Host', { headers: { host: undefined } }, 403],
  ['another port', { headers: { host: '127.0.0.1:4001', origin: 'http://127.0.0.1:4001' } }, 403],
  ['no port', { headers: { host: '127.0.0.1', origin: 'http://127.0.0.1' } }, 403],
  ['another name', { headers: { host: 'evil.example:4000', origin: 'http://evil.example:4000' } }, 403],
  ['Origin of another name of this machine', { headers: { origin: 'http://localhost:4000' } }, 403],
  ['Origin of another port', { headers: { origin: 'http://127.0.0.1:8888' } }, 403],
  ['Origin under https', { headers: { origin: 'https://127.0.0.1:4000' } }, 403],
  ['another site', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ['another server of this machine', { method: 'GET', headers: { 'sec-fetch-site': 'same-site' } }, 403],
  ['two Hosts', { rawHeaders: ['Host', 'a', 'host', 'b'] }, 400],
  ['two Origins', { rawHeaders: ['Origin', 'a', 'ORIGIN', 'b'] }, 400],
  ['a full address', { url: 'http://evil.example/' }, 400],
  ['a query', { url: '/?code=x' }, 400],
  ['an escape', { url: '/%2e%2e/secret' }, 400],
  ['a long address', { url: `/${'x'.repeat(257)}` }, 400],
  ['DELETE', { method: 'DELETE' }, 405],
  ['OPTIONS, the question before a foreign request', { method: 'OPTIONS' }, 405],
])('%s is refused', (_what, changes, status) => {
  expect(check(changes)).toBe(status)
})

test('a link on another site leads to the door and to nothing else', () => {
  const visit = {
    origin: undefined,
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
  const statuses = [
    check({ method: 'GET', url: '/', headers: visit }),
    check({ method: 'GET', url: '/index.html', headers: visit }),
    check({ method: 'GET', url: '/', headers: { ...visit, 'sec-fetch-dest': 'iframe' } }),
    check({ method: 'GET', url: '/', headers: { ...visit, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' } }),
    check({ method: 'POST', url: '/', headers: { ...visit, origin: own } }),
  ]
  expect(statuses).toEqual([undefined, 403, 403, 403, 403])
})
