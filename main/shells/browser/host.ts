import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { StudioError } from '#app/contract/errors.ts'
import type { PageFile } from '../serving/page-files.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import { Connections } from './connections.ts'
import { EventSockets } from './events.ts'
import { BodyError, readJsonBody } from './json-body.ts'
import { listenOnLoopback } from './listen.ts'
import { errorReply, send, type Reply } from './reply.ts'
import { checkRequest } from './request-check.ts'
import { doorReply, StudioRoutes } from './routes.ts'
import { Session } from './session.ts'

export interface BrowserHostOptions {
  readonly studio: StudioServer
  readonly page: ReadonlyMap<string, PageFile>
  /** 0 or absent = any free one. */
  readonly port?: number
  /** Called when an address has let a browser in and is spent. */
  readonly onAddressUsed?: () => void
  /** Milliseconds after which a connection is cut on which nothing is said and no call is answered; default two minutes. */
  readonly idleMs?: number
}

export interface BrowserHost {
  readonly port: number
  /** The address that lets the next browser in; another one after each use. */
  readonly address: string
  close(): Promise<void>
}

const maxCodeBytes = 1024
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  // A checkpoint's part may come through a slow tunnel. Strangers get no body read but a short one, and wait in a short line.
  requestTimeout: 300_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
}

/** Serves a studio to browsers of this machine. There is no way to bind it to another address than loopback. */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const host = new LoopbackHost(options)
  await host.listen(options.port ?? 0)
  return host
}

class LoopbackHost implements BrowserHost {
  readonly #options: BrowserHostOptions
  readonly #routes: StudioRoutes
  readonly #connections = new Connections()
  readonly #events = new EventSockets()
  readonly #unsubscribe: () => void
  #servers: readonly Server[] = []
  #session = new Session(0)
  port = 0

  constructor(options: BrowserHostOptions) {
    this.#options = options
    this.#routes = new StudioRoutes(options.studio, options.page)
    this.#unsubscribe = options.studio.subscribe((event) => this.#events.send(event))
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}/#code=${this.#session.code}`
  }

  async listen(port: number): Promise<void> {
    this.#servers = await listenOnLoopback(() => this.#createServer(), port).catch((error: unknown) => {
      this.#unsubscribe()
      this.#events.close()
      throw error
    })
    const address = this.#servers[0]?.address()
    if (address === null || typeof address !== 'object') throw new StudioError('internal', 'The host has no port.')
    this.port = address.port
    this.#session = new Session(this.port)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#events.close()
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)))
    for (const server of this.#servers) server.closeIdleConnections()
    // Answers under way get a moment to end.
    const timer = setTimeout(() => this.#connections.destroyAll(), 500)
    await Promise.all(closed)
    clearTimeout(timer)
  }

  #createServer(): Server {
    const server = createServer(limits, (request, response) => void this.#answer(request, response))
    server.maxHeadersCount = 64
    server.setTimeout(this.#options.idleMs ?? 120_000)
    server.on('connection', (socket) => this.#connections.add(socket))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => endBroken(error, socket))
    return server
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#replyTo(request)
      // A body nobody read would be taken for the next request.
      const isBodyLeft = !request.complete
      send(response, isBodyLeft ? { ...reply, headers: { ...reply.headers, Connection: 'close' } } : reply)
    } catch (error) {
      const reply = error instanceof BodyError ? bodyReply(error) : errorReply(500, 'internal', 'The studio failed.')
      send(response, { ...reply, headers: { Connection: 'close' } })
    }
  }

  async #replyTo(request: IncomingMessage): Promise<Reply> {
    const refusal = checkRequest(request, this.port)
    if (refusal !== undefined) return errorReply(refusal.status, 'notAllowed', `Refused: ${refusal.reason}.`)

    const { url = '', method, headers } = request
    const isIn = this.#session.isIn(headers.cookie)
    if (url === '/session') return this.#sessionReply(request, isIn)
    if (url === '/favicon.ico') return { status: 204 }
    const door = method === 'GET' && !(url === '/' && isIn) ? doorReply(url, headers.host ?? '') : undefined
    if (door !== undefined) return door

    if (!isIn) return errorReply(401, 'notAllowed', 'This browser has not been let in. Use the address Easel printed.')
    if (!this.#connections.promote(request.socket)) return errorReply(503, 'notAllowed', 'Too many connections.')
    // A check of a large library takes longer than any silence is borne.
    request.socket.setTimeout(0)
    return this.#routes.reply(request)
  }

  async #sessionReply(request: IncomingMessage, isIn: boolean): Promise<Reply> {
    if (request.method === 'GET') return { status: isIn ? 204 : 401 }
    const { code } = await readJsonBody(request, maxCodeBytes)
    const cookie = this.#session.exchange(code)
    if (cookie === undefined) return errorReply(401, 'notAllowed', 'This code is wrong or was used already.')
    this.#options.onAddressUsed?.()
    return { status: 204, headers: { 'Set-Cookie': cookie } }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const isAllowed =
      checkRequest(request, this.port, true) === undefined &&
      request.method === 'GET' &&
      request.url === '/events' &&
      this.#session.isIn(request.headers.cookie) &&
      this.#connections.promote(request.socket)
    if (isAllowed) this.#events.accept(request, socket, head)
    else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  }
}

function bodyReply(error: BodyError): Reply {
  return errorReply(error.status, 'invalidRequest', error.message)
}

function endBroken(error: NodeJS.ErrnoException, socket: Duplex & Partial<Pick<Socket, 'bytesWritten'>>): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
