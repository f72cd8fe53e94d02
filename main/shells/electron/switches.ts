import type { Electron } from './electron-module.ts'

/** Before `ready`: every renderer in a sandbox, and no part of Chromium that talks to the network by itself. */
export function hardenProcess({ app }: Pick<Electron, 'app'>): void {
  app.enableSandbox()
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND')
  app.commandLine.appendSwitch('disable-background-networking')
  app.commandLine.appendSwitch('disable-component-update')
  app.commandLine.appendSwitch('dns-prefetch-disable')
  app.commandLine.appendSwitch('no-pings')
  app.commandLine.appendSwitch('no-proxy-server')
}
