import type { Session } from 'electron'

import { parseResourcePath } from '#app/contract/resources.ts'
import { bytesPolicy, contentSecurityPolicy } from '../serving/content-security-policy.ts'
import type { PageFile } from '../serving/page-files.ts'
import { safePictureType } from '../serving/picture-types.ts'
import { cacheBriefly, cacheForEver, cacheNever, commonHeaders } from '../serving/response-headers.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import { pageOrigin, pageScheme, resourceScheme, resourceUrlPrefix } from './addresses.ts'
import { crashPath } from './crash-page.ts'
import type { Electron } from './electron-module.ts'

const maxUrlLength = 300

/** Before `ready`, once: both schemes are secure origins of their own, and neither gets round a policy or CORS. */
export function registerSchemes({ protocol }: Pick<Electron, 'protocol'>): void {
  const privileges = {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    stream: true,
    corsEnabled: false,
    bypassCSP: false,
    allowServiceWorkers: false,
    codeCache: false,
  }
  protocol.registerSchemesAsPrivileged([
    { scheme: pageScheme, privileges },
    { scheme: resourceScheme, privileges },
  ])
}

export function serveSchemes(
  session: Session,
  page: ReadonlyMap<string, PageFile>,
  studio: Pick<StudioServer, 'readResource'>,
  crash: () => string,
): void {
  session.protocol.handle(pageScheme, (request) => answerPage(request, page, crash))
  session.protocol.handle(resourceScheme, (request) => answerResource(request, studio))
}

/** A look-up among files read at the start: no path is made from a URL. Never throws. */
export function answerPage(
  request: Pick<Request, 'method' | 'url'>,
  page: ReadonlyMap<string, PageFile>,
  crash: () => string,
): Response {
  const path = pathAfter(request, `${pageOrigin}/`) ?? ''
  if (path === crashPath) return respondCrash(crash())
  const file = page.get(path)
  if (file === undefined) return notFound()
  return respond(file.bytes, {
    'Content-Type': file.type,
    'Cache-Control': file.isHashed ? cacheForEver : cacheNever,
    'Content-Security-Policy': contentSecurityPolicy({ pictures: [`${resourceScheme}:`] }),
  })
}

function respondCrash(html: string): Response {
  const policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': cacheNever }
  return respond(Buffer.from(html), { ...headers, 'Content-Security-Policy': policy })
}

/** Bytes by opaque id. Never rejects. */
export async function answerResource(
  request: Pick<Request, 'method' | 'url'>,
  studio: Pick<StudioServer, 'readResource'>,
): Promise<Response> {
  const resource = parseResourcePath(pathAfter(request, resourceUrlPrefix) ?? '')
  if (resource === undefined) return notFound()
  try {
    const { bytes, type } = await studio.readResource(resource)
    return respond(bytes, {
      'Content-Type': safePictureType(type),
      'Cache-Control': resource.kind === 'picture' ? cacheForEver : cacheBriefly,
      'Content-Security-Policy': bytesPolicy,
      // The page is of another scheme; no other page can exist in this session.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    })
  } catch {
    return notFound()
  }
}

function pathAfter({ method, url }: Pick<Request, 'method' | 'url'>, prefix: string): string | undefined {
  if (method !== 'GET' || url.length > maxUrlLength || !url.startsWith(prefix)) return undefined
  // A link's fragment is the page's own affair.
  return url.slice(prefix.length).replace(/#.*$/s, '')
}

function respond(bytes: Uint8Array, headers: Readonly<Record<string, string>>): Response {
  return new Response(Buffer.from(bytes), { headers: { ...commonHeaders, ...headers } })
}

function notFound(): Response {
  const headers = { ...commonHeaders, 'Content-Security-Policy': bytesPolicy, 'Cache-Control': cacheNever }
  return new Response(null, { status: 404, headers })
}
