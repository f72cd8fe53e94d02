import type { Socket } from 'node:net'

import { BrowserVisit } from '../testing/browser-visit.ts'
import { openRaw, requestText, sendRaw } from '../testing/raw-http.ts'

/** One hostile way to the host. `run` resolves with what got through, or undefined when it was blocked. */
export interface Attack {
  readonly name: string
  readonly run: (visit: BrowserVisit) => Promise<string | undefined>
}

const slowConnections = 200
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const wrongForms = [
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/plain; application/json',
]

export const attacks: readonly Attack[] = [
  { name: 'foreign Host', run: (visit) => call(visit, { Host: 'evil.example' }) },
  {
    name: 'rebound Host with a valid cookie',
    run: (visit) =>
      call(visit, { Host: `evil.example:${visit.host.port}`, Origin: `http://evil.example:${visit.host.port}` }),
  },
  { name: 'POST without Origin', run: (visit) => call(visit, { Origin: undefined }) },
  { name: 'POST with Origin null', run: (visit) => call(visit, { Origin: 'null' }) },
  { name: 'form of another site', run: postForms },
  { name: 'GET with a side effect', run: getCalls },
  { name: 'WebSocket of another origin', run: (visit) => upgrade(visit, { Origin: 'https://evil.example' }) },
  { name: 'WebSocket without Origin', run: (visit) => upgrade(visit, { Origin: undefined }) },
  { name: 'method override', run: overrideMethod },
  { name: '0.0.0.0', run: useAnyAddress },
  { name: 'IPv6-mapped Host', run: (visit) => callAs(visit, `[::ffff:127.0.0.1]:${visit.host.port}`) },
  { name: 'Host with a trailing dot', run: (visit) => callAs(visit, `localhost.:${visit.host.port}`) },
  { name: '64 KB header', run: sendLongHeader },
  { name: `slow-loris ×${slowConnections}`, run: sendSlowly },
]

export interface AttackResult {
  readonly name: string
  readonly gotThrough: string | undefined
  /** Milliseconds of the next good request. */
  readonly nextMs: number
}

/** Each attack against a host with a browser that is let in; every one is followed by a good request. */
export async function runAttacks(): Promise<readonly AttackResult[]> {
  const visit = await BrowserVisit.start()
  try {
    const results: AttackResult[] = []
    for (const { name, run } of attacks) {
      const gotThrough = await run(visit)
      const start = performance.now()
      const { status } = await visit.post('/api/getStudioInfo', '{}')
      const nextMs = performance.now() - start
      results.push({ name, nextMs, gotThrough: status === 200 ? gotThrough : `the next good request got ${status}` })
    }
    return results
  } finally {
    await visit.close()
  }
}

/** A call that would be good but for the changed headers. */
async function call(
  visit: BrowserVisit,
  changes: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const before = visit.studio.calls.length
  const { status } = await visit.post('/api/generate', '{}', visit.headersWith(changes))
  return reached(visit, before, status)
}

function callAs(visit: BrowserVisit, host: string): Promise<string | undefined> {
  return call(visit, { Host: host, Origin: `http://${host}` })
}

function reached(visit: BrowserVisit, callsBefore: number, status: number): string | undefined {
  if (visit.studio.calls.length > callsBefore) return 'the studio was called'
  return status >= 400 || status === 0 ? undefined : `answered ${status}`
}

async function postForms(visit: BrowserVisit): Promise<string | undefined> {
  for (const type of wrongForms) {
    const before = visit.studio.calls.length
    const headers = visit.headersWith({ 'Content-Type': type })
    const { status } = await visit.send('POST', '/api/generate', headers, '{"prompt":"x"}')
    const problem = reached(visit, before, status)
    if (problem !== undefined) return `${type}: ${problem}`
    const foreign = await call(visit, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site', ...form })
    if (foreign !== undefined) return foreign
  }
  return undefined
}

async function getCalls(visit: BrowserVisit): Promise<string | undefined> {
  for (const url of ['/api/generate', '/api/generate?prompt=x', '/api/cancelGeneration', '/session?code=x']) {
    const before = visit.studio.calls.length
    const { status } = await visit.get(url)
    const problem = reached(visit, before, status)
    if (problem !== undefined) return `${url}: ${problem}`
  }
  return undefined
}

async function upgrade(
  visit: BrowserVisit,
  changes: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const headers = visit.headersWith({
    ...{ Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' },
    ...changes,
  })
  const text = requestText('GET', '/events', headers).replace('Connection: close', 'Connection: Upgrade')
  const { status } = await sendRaw(visit.host.port, text)
  return status === 403 || status === 400 ? undefined : `answered ${status}`
}

async function overrideMethod(visit: BrowserVisit): Promise<string | undefined> {
  for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
    const problem = await call(visit, { [name]: 'DELETE' })
    if (problem !== undefined) return `${name}: ${problem}`
  }
  for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE']) {
    const before = visit.studio.calls.length
    const { status } = await visit.send(method, '/api/generate', visit.headers)
    const problem = reached(visit, before, status)
    if (problem !== undefined) return `${method}: ${problem}`
  }
  return undefined
}

/** 0.0.0.0 reaches loopback from some browsers; and a host bound to it would be open to the network. */
async function useAnyAddress(visit: BrowserVisit): Promise<string | undefined> {
  const problem = await callAs(visit, `0.0.0.0:${visit.host.port}`)
  if (problem !== undefined) return problem
  // All of 127/8 is this machine: an address next to the bound one answers only if all addresses are bound.
  const isOpen = await openRaw(visit.host.port, '', '127.0.0.2').then(
    (socket) => Boolean(socket.destroy()),
    () => false,
  )
  return isOpen ? 'the host listens on other addresses' : undefined
}

async function sendLongHeader(visit: BrowserVisit): Promise<string | undefined> {
  const before = visit.studio.calls.length
  const { status } = await visit.post('/api/generate', '{}', visit.headersWith({ 'X-Long': 'x'.repeat(64 * 1024) }))
  return reached(visit, before, status)
}

/** Leaves the connections open: the good request that follows has to get past them. */
async function sendSlowly(visit: BrowserVisit): Promise<string | undefined> {
  const half = `POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1:${visit.host.port}\r\nX-Slow: `
  const sockets: Socket[] = []
  for (let count = 0; count < slowConnections; count++) sockets.push(await openRaw(visit.host.port, half))
  const { status } = await visit.post('/api/getStudioInfo', '{}')
  setTimeout(() => sockets.forEach((socket) => socket.destroy()), 1000).unref()
  return status === 200 ? undefined : `a good request beside them got ${status}`
}
