import { createInterface } from 'node:readline'

import type { PageFile } from '../serving/page-files.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import { AddressFile } from './address-file.ts'
import { startBrowserHost } from './host.ts'
import { openBrowser } from './open-browser.ts'

export interface BrowserShellOptions {
  readonly studio: StudioServer
  readonly page: ReadonlyMap<string, PageFile>
  readonly port: number
  readonly isHeadless: boolean
}

/** Serves the studio until SIGINT or SIGTERM, then closes it: jobs that were running go on at the next start. */
export async function runBrowserShell({ studio, page, port, isHeadless }: BrowserShellOptions): Promise<void> {
  const host = await startBrowserHost({ studio, page, port, onAddressUsed: () => file.write(host.address) })
  const file = new AddressFile(host.port)
  const problem = file.write(host.address)
  process.stdout.write(`${host.address}\n`)
  if (problem !== undefined)
    process.stderr.write(`Open this address yourself: no page that leads to it could be written. ${problem}\n`)
  else if (!isHeadless) openBrowser(file.url)
  const stopAsking = offerNewAddresses(() => process.stdout.write(`${host.address}\n`))

  await stopSignal()
  stopAsking()
  file.remove()
  await host.close()
  await studio.close()
}

/** Each address works once: Enter on the terminal prints the next one. */
function offerNewAddresses(print: () => void): () => void {
  if (!process.stdin.isTTY) return () => undefined
  const terminal = createInterface({ input: process.stdin })
  terminal.on('line', print)
  return () => terminal.close()
}

/** npm and its scripts pass a Ctrl-C on, so that one arrives several times; a later one does not wait for anything. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let stoppedAt: number | undefined
    const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
      if (stoppedAt !== undefined && performance.now() - stoppedAt > 1000) process.exit(signal === 'SIGINT' ? 130 : 143)
      stoppedAt ??= performance.now()
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
