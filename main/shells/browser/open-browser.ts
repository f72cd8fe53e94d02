import { spawn } from 'node:child_process'

/** The command that opens a URL in the default browser, for each system. No shell is in between. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform = process.platform,
): readonly [string, ...string[]] {
  switch (platform) {
    case 'darwin':
      return ['open', url]
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler', url]
    default:
      return ['xdg-open', url]
  }
}

/** Tries to open the default browser; a machine without one is no error, the address is on the terminal. */
export function openBrowser(url: string): void {
  const [command, ...args] = browserCommand(url)
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
