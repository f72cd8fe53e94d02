import type { Socket } from 'node:net'

/** Connections that have not yet shown a session: enough for a browser that is just starting. */
const maxGuests = 48
const maxMembers = 256

/**
 * Keeps strangers from using up the connections: those that have not shown a session wait in a short line whose oldest is cut
 * when a new one comes. Hundreds of half-sent requests so never keep a real one out.
 */
export class Connections {
  readonly #guests = new Set<Socket>()
  readonly #members = new Set<Socket>()

  add(socket: Socket): void {
    this.#guests.add(socket)
    socket.once('close', () => {
      this.#guests.delete(socket)
      this.#members.delete(socket)
    })
    if (this.#guests.size <= maxGuests) return
    const [oldest] = this.#guests
    oldest?.destroy()
  }

  /** @returns false when there are too many with a session already. */
  promote(socket: Socket): boolean {
    if (this.#members.has(socket)) return true
    if (this.#members.size >= maxMembers) return false
    this.#guests.delete(socket)
    this.#members.add(socket)
    return true
  }

  destroyAll(): void {
    for (const socket of [...this.#guests, ...this.#members]) socket.destroy()
  }
}
