import type { IncomingMessage } from 'node:http'

import { answerCall } from '#app/contract/call-answer.ts'
import { toWireError } from '#app/contract/errors.ts'
import { parseResourcePath } from '#app/contract/resources.ts'
import { callNames, type CallName } from '#app/contract/studio-api.ts'
import { contentSecurityPolicy } from '../serving/content-security-policy.ts'
import type { PageFile } from '../serving/page-files.ts'
import { maxPayloadBytes } from '../serving/payload-limits.ts'
import { safePictureType } from '../serving/picture-types.ts'
import { cacheBriefly, cacheForEver, cacheNever } from '../serving/response-headers.ts'
import { callStudio } from '../serving/call-studio.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import { doorPage, doorScript, doorStyle } from './door.ts'
import { readJsonBody } from './json-body.ts'
import { callReply, errorReply, type Reply } from './reply.ts'

const maxCallsAtOnce = 64
const knownCalls: ReadonlySet<string> = new Set(callNames)

/** What anybody gets who reaches the host under its own name: the door, and nothing else. */
export function doorReply(path: string, host: string): Reply | undefined {
  switch (path) {
    case '/':
      return pageReply(doorPage, 'text/html; charset=utf-8', host)
    case '/door.js':
      return pageReply(doorScript, 'text/javascript; charset=utf-8', host)
    case '/door.css':
      return pageReply(doorStyle, 'text/css; charset=utf-8', host)
    default:
      return undefined
  }
}

/** What a browser with a session gets. */
export class StudioRoutes {
  readonly #studio: Pick<StudioServer, 'api' | 'readResource'>
  readonly #page: ReadonlyMap<string, PageFile>
  #runningCalls = 0

  constructor(studio: Pick<StudioServer, 'api' | 'readResource'>, page: ReadonlyMap<string, PageFile>) {
    this.#studio = studio
    this.#page = page
  }

  async reply(request: IncomingMessage): Promise<Reply> {
    const path = (request.url ?? '/').slice(1)
    const [room, ...rest] = path.split('/')
    if (room === 'api') return this.#call(request, rest.join('/'))
    if (request.method !== 'GET') return methodReply('GET')
    if (room === 'resource') return this.#resource(rest.join('/'))
    return this.#file(path === '' ? 'index.html' : path, request.headers.host ?? '')
  }

  async #call(request: IncomingMessage, name: string): Promise<Reply> {
    if (!isCallName(name)) return errorReply(404, 'notFound', `There is no such call. Calls: ${callNames.join(', ')}.`)
    if (request.method !== 'POST') return methodReply('POST')
    if (this.#runningCalls >= maxCallsAtOnce) return errorReply(503, 'notAllowed', 'Too many calls at once.')
    this.#runningCalls++
    try {
      const payload = await readJsonBody(request, maxPayloadBytes(name))
      return callReply(await answerCall(() => callStudio(this.#studio.api, name, payload)))
    } finally {
      this.#runningCalls--
    }
  }

  async #resource(path: string): Promise<Reply> {
    const resource = parseResourcePath(path)
    if (resource === undefined) return notFound()
    try {
      const { bytes, type } = await this.#studio.readResource(resource)
      const cache = resource.kind === 'picture' ? cacheForEver : cacheBriefly
      return { status: 200, type: safePictureType(type), body: bytes, cache }
    } catch (error) {
      return callReply({ error: toWireError(error, false) })
    }
  }

  #file(path: string, host: string): Reply {
    const file = this.#page.get(path)
    if (file === undefined) return notFound()
    return { ...pageReply(file.bytes, file.type, host), cache: file.isHashed ? cacheForEver : cacheNever }
  }
}

function isCallName(name: string): name is CallName {
  return knownCalls.has(name)
}

function pageReply(body: string | Uint8Array, type: string, host: string): Reply {
  return { status: 200, type, body, policy: contentSecurityPolicy({ connections: [`ws://${host}`] }) }
}

function methodReply(allowed: string): Reply {
  return { ...errorReply(405, 'notAllowed', `Use ${allowed}.`), headers: { Allow: allowed } }
}

function notFound(): Reply {
  return errorReply(404, 'notFound', 'There is nothing here.')
}
