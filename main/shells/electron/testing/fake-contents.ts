import { EventEmitter } from 'node:events'
import type { BrowserWindowConstructorOptions, Rectangle } from 'electron'

export interface FakeWindowOpenDetails {
  readonly url: string
}

let nextId = 1

/** A page of a fake window: remembers what it was told, and lets a test play the page's part. */
export class FakeContents extends EventEmitter {
  readonly id = nextId++
  readonly sent: { readonly channel: string; readonly args: readonly unknown[] }[] = []
  readonly loaded: string[] = []
  readonly dragged: unknown[] = []
  reloads = 0
  windowOpenHandler: ((details: FakeWindowOpenDetails) => { readonly action: string }) | undefined

  setWindowOpenHandler(handler: (details: FakeWindowOpenDetails) => { readonly action: string }): void {
    this.windowOpenHandler = handler
  }

  send(channel: string, ...args: readonly unknown[]): void {
    this.sent.push({ channel, args })
  }

  startDrag(item: unknown): void {
    this.dragged.push(item)
  }

  reload(): void {
    this.reloads++
  }

  isDestroyed(): boolean {
    return false
  }

  /** @returns whether some listener of the event kept it from happening */
  isPrevented(event: string, details: Readonly<Record<string, unknown>> = {}): boolean {
    let isPrevented = false
    this.emit(event, { ...details, preventDefault: () => (isPrevented = true) })
    return isPrevented
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents()
  readonly options: BrowserWindowConstructorOptions
  readonly done: string[] = []
  isGone = false

  constructor(options: BrowserWindowConstructorOptions) {
    super()
    this.options = options
  }

  loadURL(url: string): Promise<void> {
    this.webContents.loaded.push(url)
    return Promise.resolve()
  }

  loadFile(path: string): Promise<void> {
    return this.loadURL(`file://${path}`)
  }

  getNormalBounds(): Rectangle {
    return { x: 10, y: 20, width: 900, height: 700 }
  }

  isDestroyed(): boolean {
    return this.isGone
  }

  isMaximized(): boolean {
    return false
  }

  isMinimized(): boolean {
    return true
  }

  maximize(): void {
    this.done.push('maximize')
  }

  restore(): void {
    this.done.push('restore')
  }

  show(): void {
    this.done.push('show')
  }

  focus(): void {
    this.done.push('focus')
  }
}
