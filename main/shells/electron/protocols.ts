import type { Session } from 'electron'

import { parseResourcePath } from '#app/contract/resources.ts'
import { bytesPolicy, contentSecurityPolicy } from '../serving/content-security-policy.ts'
import type { PageFile } from '../serving/page-files.ts'
import { safePictureType } from '../serving/picture-types.ts'
import { cacheBriefly, cacheForEver, cacheNever, commonHeaders } from '../serving/response-headers.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import { pageOrigin, pageScheme, resourceScheme, resourceUrlPrefix } from './addresses.ts'
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
): void {
  session.protocol.handle(pageScheme, (request) => answerPage(request, page))
  session.protocol.handle(resourceScheme, (request) => answerResource(request, studio))
}

/** A look-up among files read at the start: no path is made from a URL. Never throws. */
export function answerPage(request: Pick<Request, 'method' | 'url'>, page: ReadonlyMap<string, PageFile>): Response {
  const file = page.get(pathAfter(request, `${pageOrigin}/`) ?? '')
  if (file === undefined) return notFound()
  return respond(file.bytes, {
    'Content-Type': file.type,
    'Cache-Control': file.isHashed ? cacheForEver : cacheNever,
    'Content-Security-Policy': contentSecurityPolicy({ pictures: [`${resourceScheme}:`] }),
  })
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
  return url.slice(prefix.length)
}

function respond(bytes: Uint8Array, headers: Readonly<Record<string, string>>): Response {
  return new Response(Buffer.from(bytes), { headers: { ...commonHeaders, ...headers } })
}

function notFound(): Response {
  const headers = { ...commonHeaders, 'Content-Security-Policy': bytesPolicy, 'Cache-Control': cacheNever }
  return new Response(null, { status: 404, headers })
}
