import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import envPaths from 'env-paths'

/**
 * A page that leads to the studio, readable by its owner only. The default browser is opened with this file, because an address on
 * a command line can be read by everybody on the machine.
 */
export class AddressFile {
  readonly path: string
  readonly #folder: string

  /** @param folder default: Easel's folder for logs and state of this user. */
  constructor(port: number, folder = envPaths('easel', { suffix: '' }).log) {
    this.#folder = folder
    this.path = join(folder, `open-easel-${port}.html`)
  }

  get url(): string {
    return pathToFileURL(this.path).href
  }

  /**
   * @param address made by the host: base64url and loopback only, so there is nothing to escape.
   * @returns undefined, or why there is no such page (a full disk, a folder that cannot be written); the address is on the terminal all the same
   */
  write(address: string): string | undefined {
    const page = `<!doctype html><meta charset="utf-8"><title>Easel</title><meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">Open Easel</a>\n`
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      // A fresh file: an old one, or a link somebody put there, would keep its own rights and target.
      rmSync(this.path, { force: true })
      writeFileSync(this.path, page, { mode: 0o600, flag: 'wx' })
      return undefined
    } catch (error) {
      return String(error)
    }
  }

  remove(): void {
    try {
      rmSync(this.path, { force: true })
    } catch {
      // Where it cannot be removed it could not be written either.
    }
  }
}
