import { join } from 'node:path'
import type { BrowserWindow } from 'electron'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { ShellLog } from '../logs/shell-log.ts'
import type { PageFile } from '../serving/page-files.ts'
import { handleCalls } from './calls.ts'
import { eventChannel } from './channels.ts'
import { hardenContents } from './contents.ts'
import { crashPage, crashUrl } from './crash-page.ts'
import type { DesktopStudio } from './desktop-studio.ts'
import type { Electron } from './electron-module.ts'
import { installPackFile } from './install-pack.ts'
import { OpenedThings, showLink } from './links.ts'
import { setMenu } from './menu.ts'
import { PageCrashes } from './page-crashes.ts'
import { registerSchemes, serveSchemes } from './protocols.ts'
import { hardenSession } from './session.ts'
import { hardenProcess } from './switches.ts'
import { checkForUpdate } from './updates.ts'
import { openWindow } from './window.ts'

export interface ElectronShellOptions {
  readonly openStudio: () => Promise<DesktopStudio>
  readonly readPage: () => ReadonlyMap<string, PageFile>
  readonly preloadFile: string
  readonly version: string
  readonly log: Pick<ShellLog, 'write' | 'tail' | 'path'>
  /** What the program was started with. */
  readonly words: readonly string[]
  readonly fetch: typeof fetch
}

/** The page's own storage: theme and the like. */
const partition = 'persist:easel'
const crashLogLines = 60
/** A library on a slow disk has this long to be closed. */
const closingMs = 20_000

/** Wires Electron up: what must come before `ready` at once, the rest after it. Resolves when the window is open or the instance is a second one. */
export async function startElectronShell(electron: Electron, options: ElectronShellOptions): Promise<void> {
  const { app } = electron
  const windows = new Set<BrowserWindow>()
  // Another until there is a studio to show.
  let show = (): void => undefined
  const opened = openedThings(electron, options, windows, () => show())
  hardenProcess(electron)
  registerSchemes(electron)
  hardenContents(electron)
  if (!app.requestSingleInstanceLock()) return app.quit()
  opened.things.listen(electron)
  // Before the studio opens, which takes its time: the second instance has left by then, and what it was given with it.
  app.on('second-instance', (_event, words, folder) => {
    show()
    opened.things.take(words, folder)
  })
  opened.things.take(options.words)

  await app.whenReady()
  const isDevelopment = !app.isPackaged
  const session = electron.session.fromPartition(partition)
  hardenSession(session)
  setMenu(electron, isDevelopment)

  const studio = await openStudioOrQuit(electron, options)
  if (studio === undefined) return
  opened.setStudio(studio)
  let lastCrash = ''
  const crash = (): string => crashPage(lastCrash, options.log.path, options.log.tail(crashLogLines))
  serveSchemes(session, options.readPage(), studio, crash)
  handleCalls(electron, studio, (id) => [...windows].some((window) => window.webContents.id === id))
  studio.subscribe((event) => sendToAll(windows, event))

  const open = (): void => {
    const placeFile = join(app.getPath('userData'), 'window.json')
    const window = openWindow(electron, { session, preloadFile: options.preloadFile, placeFile, isDevelopment })
    windows.add(window)
    window.once('closed', () => windows.delete(window))
    mendCrashes(window, options.log, (reason) => (lastCrash = reason))
  }
  show = () => showFirst(windows, open)
  app.on('activate', show)
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  closeBeforeQuit(electron, studio, options.log)
  open()
  opened.things.ready()
  const settingsFile = join(app.getPath('userData'), 'settings.json')
  void checkForUpdate(electron, { settingsFile, currentVersion: options.version, fetch: options.fetch })
}

/** A studio that cannot be opened (its library is locked or damaged) is told in words, not by a window that stays empty. */
async function openStudioOrQuit(
  { app, dialog }: Pick<Electron, 'app' | 'dialog'>,
  { openStudio, log }: ElectronShellOptions,
): Promise<DesktopStudio | undefined> {
  try {
    return await openStudio()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    log.write('error', 'notOpened', { message })
    dialog.showErrorBox('Easel cannot open', message)
    app.exit(1)
    return undefined
  }
}

/** @param show brings a window to the front, a new one where there is none */
function openedThings(
  electron: Electron,
  { log }: ElectronShellOptions,
  windows: ReadonlySet<BrowserWindow>,
  show: () => void,
) {
  let studio: DesktopStudio | undefined
  const things = new OpenedThings(
    (link) => {
      show()
      const [window] = windows
      if (window !== undefined) showLink(window, link)
    },
    (file) => {
      const onInstalled = (): void => sendToAll(windows, { type: 'packsChanged' })
      if (studio !== undefined) void installPackFile(electron, studio, file, log, onInstalled)
    },
  )
  return { things, setStudio: (opened: DesktopStudio) => void (studio = opened) }
}

/** The first time a crashed page is loaded again; soon after that the crash is explained, with the newest lines of the log. */
function mendCrashes(window: BrowserWindow, log: ElectronShellOptions['log'], onCrash: (reason: string) => void): void {
  const crashes = new PageCrashes()
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    log.write('error', 'pageCrashed', { reason, exitCode })
    onCrash(reason)
    if (crashes.next(performance.now()) === 'reload') window.webContents.reload()
    else void window.loadURL(crashUrl)
  })
}

function sendToAll(windows: ReadonlySet<BrowserWindow>, event: StudioEvent): void {
  for (const window of windows) {
    if (!window.isDestroyed()) window.webContents.send(eventChannel, event)
  }
}

function showFirst(windows: ReadonlySet<BrowserWindow>, open: () => void): void {
  const [window] = windows
  if (window === undefined) return open()
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** Jobs that were running go on at the next start; the library must be closed before the process ends. A studio that cannot be closed keeps nobody. */
function closeBeforeQuit(
  { app }: Pick<Electron, 'app'>,
  studio: DesktopStudio,
  log: ElectronShellOptions['log'],
): void {
  app.once('before-quit', (event) => {
    event.preventDefault()
    const tooLong = setTimeout(() => {
      log.write('error', 'notClosed', { message: `Closing took longer than ${closingMs / 1000} s.` })
      app.quit()
    }, closingMs)
    studio
      .close()
      .catch((error: unknown) => {
        log.write('error', 'notClosed', { message: error instanceof Error ? error.message : String(error) })
      })
      .finally(() => {
        clearTimeout(tooLong)
        app.quit()
      })
  })
}
