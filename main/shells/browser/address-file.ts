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

  /** @param folder default: Easel's folder for logs and state of this user. */
  constructor(port: number, folder = envPaths('easel', { suffix: '' }).log) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.path = join(folder, `open-easel-${port}.html`)
  }

  get url(): string {
    return pathToFileURL(this.path).href
  }

  /** @param address made by the host: base64url and loopback only, so there is nothing to escape. */
  write(address: string): void {
    // A fresh file: an old one, or a link somebody put there, would keep its own rights and target.
    rmSync(this.path, { force: true })
    const page = `<!doctype html><meta charset="utf-8"><title>Easel</title><meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">Open Easel</a>\n`
    writeFileSync(this.path, page, { mode: 0o600, flag: 'wx' })
  }

  remove(): void {
    rmSync(this.path, { force: true })
  }
}
