import { EventEmitter } from 'node:events'
import type { BrowserWindowConstructorOptions, CustomScheme, MenuItemConstructorOptions } from 'electron'

import type { Electron } from '../electron-module.ts'
import { FakeWindow } from './fake-contents.ts'
import { FakeSession } from './fake-session.ts'

type InvokeHandler = (event: unknown, ...args: readonly unknown[]) => unknown

interface FakeMessageBox {
  readonly buttons?: readonly string[]
  readonly defaultId?: number
  readonly cancelId?: number
}

class FakeApp extends EventEmitter {
  readonly protocols: string[] = []
  readonly switches = new Map<string, string>()
  readonly done: string[] = []
  readonly userData: string
  isPackaged = true
  isFirstInstance = true
  readonly commandLine = { appendSwitch: (name: string, value = '') => void this.switches.set(name, value) }

  constructor(userData: string) {
    super()
    this.userData = userData
  }

  enableSandbox(): void {
    this.done.push('enableSandbox')
  }

  requestSingleInstanceLock(): boolean {
    return this.isFirstInstance
  }

  whenReady(): Promise<void> {
    this.done.push('ready')
    return Promise.resolve()
  }

  getPath(): string {
    return this.userData
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    this.protocols.push(scheme)
    return true
  }

  quit(): void {
    this.done.push('quit')
  }

  exit(code: number): void {
    this.done.push(`exit ${code}`)
  }
}

/** A fake `electron` module that records what the shell does with it. It knows no defaults of its own: what is not said is not there. */
export class FakeElectron {
  readonly app: FakeApp
  readonly windows: FakeWindow[] = []
  readonly sessions = new Map<string, FakeSession>()
  readonly invokeHandlers = new Map<string, InvokeHandler>()
  readonly privilegedSchemes: CustomScheme[] = []
  readonly opened: string[] = []
  readonly errorBoxes: string[] = []
  readonly messages: string[] = []
  /** Buttons of the message boxes. */
  readonly messageBoxes: FakeMessageBox[] = []
  readonly shownFiles: string[] = []
  /** Which button is pressed in every message box. */
  pressedButton = 0
  /** What is chosen in every dialog for files; none = closed. */
  chosenPaths: string[] = []
  /** What dialogs for files were asked to be. */
  readonly openDialogs: unknown[] = []
  /** Programs that were started in processes of their own. */
  readonly utilities: { readonly file: string; readonly options: unknown; readonly posted: unknown[] }[] = []
  menu: readonly MenuItemConstructorOptions[] = []

  constructor(userData: string) {
    this.app = new FakeApp(userData)
  }

  get module(): Electron {
    const { app, windows } = this
    class BrowserWindow extends FakeWindow {
      constructor(options: BrowserWindowConstructorOptions) {
        super(options)
        windows.push(this)
        app.emit('web-contents-created', {}, this.webContents)
      }

      static fromWebContents(contents: unknown): FakeWindow | null {
        return windows.find(({ webContents }) => webContents === contents) ?? null
      }

      static getFocusedWindow(): null {
        return null
      }
    }
    const parts = {
      ...{ app, BrowserWindow },
      session: { fromPartition: (name: string) => this.sessionOf(name), defaultSession: this.sessionOf('') },
      protocol: {
        registerSchemesAsPrivileged: (schemes: CustomScheme[]) => {
          app.done.push('registerSchemes')
          this.privilegedSchemes.push(...schemes)
        },
      },
      ipcMain: { handle: (channel: string, handler: InvokeHandler) => void this.invokeHandlers.set(channel, handler) },
      shell: {
        openExternal: (url: string) => {
          this.opened.push(url)
          return Promise.resolve()
        },
        showItemInFolder: (file: string) => void this.shownFiles.push(file),
      },
      dialog: {
        showErrorBox: (_title: string, text: string) => void this.errorBoxes.push(text),
        showMessageBox: ({ message, ...rest }: { readonly message: string } & FakeMessageBox) => {
          this.messages.push(message)
          this.messageBoxes.push(rest)
          return Promise.resolve({ response: this.pressedButton })
        },
        // With a window before the options, or without.
        showOpenDialog: (...args: readonly unknown[]) => {
          this.openDialogs.push(args.at(-1))
          return Promise.resolve({ filePaths: this.chosenPaths })
        },
      },
      // An image is known by its file, and by the size it was made.
      nativeImage: {
        createFromPath: (file: string) => ({ file, resize: (size: object) => ({ file, ...size }) }),
      },
      utilityProcess: {
        fork: (file: string, _args: readonly string[], options: unknown) => {
          const posted: unknown[] = []
          this.utilities.push({ file, options, posted })
          return Object.assign(new EventEmitter(), { postMessage: (message: unknown) => void posted.push(message) })
        },
      },
      Menu: {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
        setApplicationMenu: (menu: MenuItemConstructorOptions[]) => void (this.menu = menu),
      },
      nativeTheme: { shouldUseDarkColors: true },
      screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
    }
    return parts as unknown as Electron
  }

  sessionOf(name: string): FakeSession {
    const session = this.sessions.get(name) ?? new FakeSession()
    this.sessions.set(name, session)
    return session
  }

  /** Sends a message as a page would. */
  invoke(channel: string, event: unknown, ...args: readonly unknown[]): unknown {
    return this.invokeHandlers.get(channel)?.(event, ...args)
  }
}
