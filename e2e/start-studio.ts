import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { _electron, chromium, type Browser, type BrowserContext, type Page } from '@playwright/test'

import { chromiumPath, quietArguments } from '#main/shells/testing/chromium.ts'

const root = join(import.meta.dirname, '..')
/** Without Chromium's own requests to the network. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: quietArguments })
}

/** Electron's program is there only after a download; requiring the module to find out would start one. */
export const isElectron = existsSync(join(root, 'node_modules/electron/dist')) && existsSync(join(root, 'out/main'))

export interface StudioOptions {
  /** Folder of the library; restarting with the same one is how a spec looks at what survived. */
  readonly libraryFolder: string
  /** Further environment, `EASEL_PACKS` for example. */
  readonly environment?: Readonly<Record<string, string>>
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  /** Whether a newcomer's tour is offered; default false: it would lie over what a spec clicks on. */
  readonly isTourOffered?: boolean
  /** Screen pixels for one CSS pixel; default 1. Only in the browser shell. */
  readonly deviceScaleFactor?: number
}

/** A running studio with one open page. */
export interface RunningStudio {
  readonly page: Page
  /** Another window of the same studio; undefined where a shell has one window only. */
  readonly openAnother: (() => Promise<Page>) | undefined
  /** Ends it as a person would: closes the window, or interrupts the host. */
  stop(): Promise<void>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** What the program has printed, for the report of a failed spec. */
  readonly output: () => string
  /** Errors in the console of the first page, from its first request on. */
  readonly complaints: () => readonly string[]
}

function studioEnvironment(options: StudioOptions): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { ...Object.fromEntries(inherited), EASEL_LIBRARY: options.libraryFolder, ...options.environment }
}

/** A studio that does not end by itself is ended, and its spec fails: it would stay for ever. */
const longestEndMs = 30_000

async function waitForExit(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  let isStuck = false
  const limit = setTimeout(() => (isStuck = child.kill('SIGKILL')), longestEndMs)
  await new Promise((resolve) => child.once('close', resolve))
  clearTimeout(limit)
  if (isStuck) throw new Error(`The studio had not ended ${longestEndMs / 1000} s after it was asked to.`)
}

/** A busy machine starts it in some seconds. */
const longestStartMs = 60_000

/** The browser shell prints one address with a one-time code; that line is the only way in, for a spec as for a person. */
async function startHost(options: StudioOptions) {
  const entry = join(root, 'main/shells/browser/entry.ts')
  const child = spawn(process.execPath, [entry, '--headless'], {
    env: studioEnvironment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const address = await new Promise<string>((resolve, reject) => {
    // Else it would outlive its spec, whose time is up by then.
    const limit = setTimeout(() => child.kill('SIGKILL'), longestStartMs)
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      const found = /http:\/\/127\.0\.0\.1:\d+\/#code=\S+/.exec(output)
      if (found === null) return
      clearTimeout(limit)
      resolve(found[0])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', (code, signal) => {
      clearTimeout(limit)
      reject(new Error(`The host ended with ${signal ?? `code ${code}`} before it printed an address:\n${output}`))
    })
  })
  return { child, address, output: () => output }
}

function listenForComplaints(page: Page): () => readonly string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return () => complaints
}

/** In the page: as if the tour had been taken. */
function takeTour(): void {
  localStorage.setItem('easel.tour', '{"isDone":true}')
}

/** @param browser undefined = in Electron */
export function startStudio(browser: Browser | undefined, options: StudioOptions): Promise<RunningStudio> {
  return browser ? startInBrowser(browser, options) : startInElectron(options)
}

async function startInBrowser(browser: Browser, options: StudioOptions): Promise<RunningStudio> {
  const { child, address, output } = await startHost(options)
  const context: BrowserContext = await browser.newContext({
    viewport: options.viewport ?? { width: 1280, height: 800 },
    colorScheme: options.colorScheme ?? 'light',
    deviceScaleFactor: options.deviceScaleFactor ?? 1,
  })
  if (options.isTourOffered !== true) await context.addInitScript(takeTour)
  const page = await context.newPage()
  const complaints = listenForComplaints(page)
  await page.goto(address)
  const end = async (signal: 'SIGINT' | 'SIGKILL') => {
    await context.close()
    child.kill(signal)
    await waitForExit(child)
  }
  const openAnother = async () => {
    const another = await context.newPage()
    await another.goto(new URL('/', address).href)
    return another
  }
  return { page, output, complaints, openAnother, stop: () => end('SIGINT'), kill: () => end('SIGKILL') }
}

async function startInElectron(options: StudioOptions): Promise<RunningStudio> {
  const application = await _electron.launch({ args: [root], env: studioEnvironment(options) })
  const page = await application.firstWindow()
  const complaints = listenForComplaints(page)
  if (options.isTourOffered !== true) {
    await page.evaluate(takeTour)
    await page.reload()
  }
  await page.setViewportSize(options.viewport ?? { width: 1280, height: 800 })
  await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light' })
  let output = ''
  application.process().stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  application.process().stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const kill = async () => {
    application.process().kill('SIGKILL')
    await waitForExit(application.process())
  }
  return { page, output: () => output, complaints, openAnother: undefined, stop: () => application.close(), kill }
}
