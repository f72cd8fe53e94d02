import { Command, InvalidArgumentError } from 'commander'

export interface BrowserArguments {
  readonly isHeadless: boolean
  /** 0 = any free one. */
  readonly port: number
  readonly libraryFolder?: string
}

/** Reads the command line of the browser shell; wrong usage ends the process with exit code 2. */
export function readArguments(argv: readonly string[]): BrowserArguments {
  const command = new Command('easel-browser')
    .description(
      'Opens the studio in a browser of this machine, or through an ssh tunnel (ssh -L PORT:127.0.0.1:PORT).',
    )
    .option('--headless', 'open no browser, only print the address', false)
    .option('--port <number>', 'port to listen on: 0 (any free one) to 65535', readPort, 0)
    .option('--library <folder>', "folder of the library (default: EASEL_LIBRARY, or the user's data folder)")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(argv)
  const { headless, port, library } = command.opts<{ headless: boolean; port: number; library?: string }>()
  return { isHeadless: headless, port, libraryFolder: library }
}

export function readPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port
  throw new InvalidArgumentError('Allowed: 0 (any free one) to 65535.')
}
