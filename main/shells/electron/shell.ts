import { join } from 'node:path'
import type { BrowserWindow } from 'electron'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { PageFile } from '../serving/page-files.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import { handleCalls } from './calls.ts'
import { eventChannel } from './channels.ts'
import { hardenContents } from './contents.ts'
import type { Electron } from './electron-module.ts'
import { setMenu } from './menu.ts'
import { registerSchemes, serveSchemes } from './protocols.ts'
import { hardenSession } from './session.ts'
import { hardenProcess } from './switches.ts'
import { openWindow } from './window.ts'

export interface ElectronShellOptions {
  readonly openStudio: () => Promise<StudioServer>
  readonly readPage: () => ReadonlyMap<string, PageFile>
  readonly preloadFile: string
}

/** The page's own storage: theme and the like. */
const partition = 'persist:easel'

/** Wires Electron up: what must come before `ready` at once, the rest after it. Resolves when the window is open or the instance is a second one. */
export async function startElectronShell(electron: Electron, options: ElectronShellOptions): Promise<void> {
  const { app } = electron
  hardenProcess(electron)
  registerSchemes(electron)
  hardenContents(electron)
  if (!app.requestSingleInstanceLock()) return app.quit()

  await app.whenReady()
  const isDevelopment = !app.isPackaged
  const session = electron.session.fromPartition(partition)
  const windows = new Set<BrowserWindow>()
  hardenSession(session)
  setMenu(electron, isDevelopment)

  const studio = await openStudioOrQuit(electron, options)
  if (studio === undefined) return
  serveSchemes(session, options.readPage(), studio)
  handleCalls(electron, studio.api, (id) => [...windows].some((window) => window.webContents.id === id))
  studio.subscribe((event) => sendToAll(windows, event))

  const open = (): void => {
    const placeFile = join(app.getPath('userData'), 'window.json')
    const window = openWindow(electron, { session, preloadFile: options.preloadFile, placeFile, isDevelopment })
    windows.add(window)
    window.once('closed', () => windows.delete(window))
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit' && !window.isDestroyed()) window.webContents.reload()
    })
  }
  app.on('second-instance', () => showFirst(windows, open))
  app.on('activate', () => showFirst(windows, open))
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  closeBeforeQuit(electron, studio)
  open()
}

/** A studio that cannot be opened (its library is locked or damaged) is told in words, not by a window that stays empty. */
async function openStudioOrQuit(
  { app, dialog }: Pick<Electron, 'app' | 'dialog'>,
  { openStudio }: ElectronShellOptions,
): Promise<StudioServer | undefined> {
  try {
    return await openStudio()
  } catch (error) {
    dialog.showErrorBox('Easel cannot open', error instanceof Error ? error.message : String(error))
    app.exit(1)
    return undefined
  }
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

/** Jobs that were running go on at the next start; the library must be closed before the process ends. */
function closeBeforeQuit({ app }: Pick<Electron, 'app'>, studio: StudioServer): void {
  app.once('before-quit', (event) => {
    event.preventDefault()
    void studio.close().finally(() => app.quit())
  })
}
