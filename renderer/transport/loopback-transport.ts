import { unwrapAnswer, type CallAnswer } from '#app/contract/call-answer.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { StudioEvent } from '#app/contract/studio-api.ts'

import type { LinkedTransport } from './linked-transport.ts'

const firstRetryMs = 250
const lastRetryMs = 5000

/**
 * The studio behind the loopback host (main/shells/browser/README.md has the protocol). A 401 means that the session
 * ended: the host then serves its door, so the page is loaded again.
 */
export function createLoopbackTransport(page: Window = window): LinkedTransport {
  const eventListeners = new Set<(event: StudioEvent) => void>()
  const linkListeners = new Set<(isOpen: boolean) => void>()
  let retryMs = firstRetryMs

  function connect(): void {
    const address = new URL('/events', page.location.href)
    address.protocol = address.protocol.replace('http', 'ws')
    address.hash = ''
    const socket = new WebSocket(address)
    socket.addEventListener('open', () => {
      retryMs = firstRetryMs
      for (const listener of linkListeners) listener(true)
    })
    socket.addEventListener('message', (message) => {
      const event = JSON.parse(String(message.data)) as StudioEvent
      for (const listener of eventListeners) listener(event)
    })
    socket.addEventListener('close', () => {
      for (const listener of linkListeners) listener(false)
      void reloadWhenSessionEnded()
      page.setTimeout(connect, retryMs)
      retryMs = Math.min(retryMs * 2, lastRetryMs)
    })
  }
  /** A restarted host knows no old cookie, and refuses the socket without saying why. */
  async function reloadWhenSessionEnded(): Promise<void> {
    const response = await fetch('/session').catch(() => undefined)
    if (response?.status === 401) page.location.reload()
  }
  connect()

  return {
    async invoke(name, payload) {
      const response = await fetch(`/api/${name}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(payload ?? {}),
      }).catch((cause: unknown) => {
        throw new StudioError('internal', 'The studio does not answer.', { cause })
      })
      if (response.status === 401) {
        page.location.reload()
        throw new StudioError('notAllowed', 'The session has ended.')
      }
      const answer = (await response.json().catch(() => undefined)) as CallAnswer | undefined
      if (answer === undefined)
        throw new StudioError('internal', `${name} was answered with status ${response.status}.`)
      return unwrapAnswer(answer)
    },
    subscribe(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    watchLink(listener) {
      linkListeners.add(listener)
      return () => linkListeners.delete(listener)
    },
    resourceUrl: (path) => `/resource/${path}`,
  }
}
