import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import { safeJson } from '../serving/safe-json.ts'

const maxPages = 32
/** A page that reads so slowly is cut off; it reads the lists again when it comes back. */
const maxUnsentBytes = 4 * 1024 * 1024
const pingSeconds = 20
const closeCodes = { goingAway: 1001, policyViolation: 1008, tryAgainLater: 1013 }

/** The WebSockets of all open pages: every event goes to each of them. Pages only listen. */
export class EventSockets {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false })
  readonly #answered = new WeakSet<WebSocket>()
  readonly #timer = setInterval(() => this.#ping(), pingSeconds * 1000).unref()

  /** @param request one that has passed all checks. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (page) => {
      page.on('error', () => page.terminate())
      if (this.#server.clients.size > maxPages) return page.close(closeCodes.tryAgainLater, 'Too many pages are open.')
      this.#answered.add(page)
      page.on('pong', () => this.#answered.add(page))
      page.on('message', () => page.close(closeCodes.policyViolation, 'Calls go to /api.'))
    })
  }

  send(event: StudioEvent): void {
    const text = safeJson(event)
    for (const page of this.#server.clients) {
      if (page.bufferedAmount > maxUnsentBytes) page.terminate()
      else if (page.readyState === page.OPEN) page.send(text)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    for (const page of this.#server.clients) page.close(closeCodes.goingAway, 'The studio was closed.')
    this.#server.close()
  }

  #ping(): void {
    for (const page of this.#server.clients) {
      if (!this.#answered.delete(page)) page.terminate()
      else page.ping()
    }
  }
}
