import type { IncomingMessage } from 'node:http'

/** Why a request is turned away, and the HTTP status that says so. */
export interface Refusal {
  readonly status: 400 | 403 | 405
  readonly reason: string
}

/** A link on another site may lead here: such a visit carries no cookie, so it gets the door, which holds nothing. */
const doorPath = '/'
const singleHeaders = ['host', 'origin', 'content-length', 'content-type', 'sec-fetch-site']
const overrideHeaders = ['x-http-method', 'x-http-method-override', 'x-method-override']
const urlPattern = /^\/[A-Za-z0-9._/-]{0,255}$/

/** Names under which a browser on this machine, or behind an ssh tunnel with the same port, calls the host. */
export function allowedHosts(port: number): readonly string[] {
  // Browsers leave the port of plain HTTP out.
  const ending = port === 80 ? '' : `:${port}`
  return ['127.0.0.1', 'localhost', '[::1]'].map((name) => name + ending)
}

/**
 * The checks every request passes before anything else looks at it, WebSocket upgrades included.
 * The Host list stops DNS rebinding, Origin and Sec-Fetch-Site stop other sites and other local servers.
 */
export function checkRequest(request: IncomingMessage, port: number, isUpgrade = false): Refusal | undefined {
  const { headers, method, url = '' } = request
  if (singleHeaders.some((name) => countHeader(request, name) > 1)) return refuse(400, 'a header is given twice')
  if (headers.host === undefined || !allowedHosts(port).includes(headers.host)) return refuse(403, 'foreign Host')
  if (method !== 'GET' && method !== 'POST') return refuse(405, 'method not allowed')
  if (overrideHeaders.some((name) => headers[name] !== undefined)) return refuse(400, 'method override')
  if (!urlPattern.test(url)) return refuse(400, 'not an address of this host')

  const isOriginNeeded = method !== 'GET' || isUpgrade
  if (headers.origin === undefined ? isOriginNeeded : headers.origin !== `http://${headers.host}`) {
    return refuse(403, 'foreign or missing Origin')
  }
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisitToDoor(request)) {
    return refuse(403, 'sent by another site')
  }
  return undefined
}

function isVisitToDoor({ headers, method, url = '' }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    url === doorPath &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  )
}

/** Node keeps the first of several; proxies and browsers may keep another. */
function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((value, index) => index % 2 === 0 && value.toLowerCase() === name).length
}

function refuse(status: Refusal['status'], reason: string): Refusal {
  return { status, reason }
}
