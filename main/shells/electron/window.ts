import type { BrowserWindow, BrowserWindowConstructorOptions, Session } from 'electron'

import { pageUrl } from './addresses.ts'
import type { Electron } from './electron-module.ts'
import { defaultSize, minSize, readWindowPlace, writeWindowPlace } from './window-place.ts'

export interface WindowSettings {
  readonly session: Session
  readonly preloadFile: string
  readonly placeFile: string
  readonly isDevelopment: boolean
}

/** Opens the studio's window where it was last time; shown when its first picture is painted. */
export function openWindow(
  electron: Pick<Electron, 'BrowserWindow' | 'nativeTheme' | 'screen'>,
  settings: WindowSettings,
): BrowserWindow {
  const screens = electron.screen.getAllDisplays().map((display) => display.workArea)
  const place = readWindowPlace(settings.placeFile, screens)
  const window = new electron.BrowserWindow({
    ...windowOptions(settings),
    ...(place?.bounds ?? defaultSize),
    // The page's own (--window in renderer/styles/tokens.css), so that nothing flashes before it is painted.
    backgroundColor: electron.nativeTheme.shouldUseDarkColors ? '#191918' : '#e4e2dd',
  })
  if (place?.isMaximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () => {
    writeWindowPlace(settings.placeFile, { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() })
  })
  void window.loadURL(pageUrl)
  return window
}

/** Said in full although some are Electron's defaults: a default may change, this file may not silently. */
function windowOptions({ session, preloadFile, isDevelopment }: WindowSettings): BrowserWindowConstructorOptions {
  return {
    title: 'Easel',
    show: false,
    minWidth: minSize.width,
    minHeight: minSize.height,
    webPreferences: {
      session,
      preload: preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: isDevelopment,
    },
  }
}
