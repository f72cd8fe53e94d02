import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserWindow } from 'electron'

import { linkFragment, linkScheme, parseStudioLink, type StudioLink } from '#app/contract/studio-link.ts'
import { pageUrl } from './addresses.ts'
import type { Electron } from './electron-module.ts'

/** `easel://` links and pack files with which the system opens Easel: before it is ready, while it runs, from a second instance. */
export class OpenedThings {
  readonly #onLink: (link: StudioLink) => void
  readonly #onPackFile: (file: string) => void
  /** Links, and paths of pack files. */
  readonly #waiting: (StudioLink | string)[] = []
  #isReady = false

  constructor(onLink: (link: StudioLink) => void, onPackFile: (file: string) => void) {
    this.#onLink = onLink
    this.#onPackFile = onPackFile
  }

  /** Before `ready`: macOS says so at once what it opens. */
  listen({ app }: Pick<Electron, 'app'>): void {
    // A program under development would stay registered with the system.
    if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme)
    app.on('open-url', (event, url) => {
      event.preventDefault()
      this.take([url])
    })
    app.on('open-file', (event, path) => {
      event.preventDefault()
      this.take([path])
    })
  }

  /**
   * Of a command line: one link or pack file at most, the rest is Chromium's.
   * @param folder in which the command line was given
   */
  take(words: readonly string[], folder = process.cwd()): void {
    const opened = words.map((word) => parseStudioLink(word) ?? packFileOf(word, folder)).findLast(Boolean)
    if (opened === undefined) return
    if (this.#isReady) this.#open(opened)
    else this.#waiting.push(opened)
  }

  /** The studio is there and its window open. */
  ready(): void {
    this.#isReady = true
    for (const opened of this.#waiting.splice(0)) this.#open(opened)
  }

  #open(opened: StudioLink | string): void {
    if (typeof opened === 'string') this.#onPackFile(opened)
    else this.#onLink(opened)
  }
}

export const packFileExtension = 'easelpack'

/**
 * The path of a pack file that a word names. Linux desktops name files by `file:` URLs; no other URL is one, whatever it ends with: it may come from a web page.
 */
function packFileOf(word: string, folder: string): string | undefined {
  if (word.startsWith('-') || !word.toLowerCase().endsWith(`.${packFileExtension}`)) return undefined
  // One letter before the colon is a drive.
  if (!/^[a-z][a-z\d+.-]+:/i.test(word)) return resolve(folder, word)
  try {
    return new URL(word).host === '' ? fileURLToPath(word) : undefined
  } catch {
    return undefined
  }
}

/** Only the fragment changes: the page stays as it is, and shows what the link leads to. */
export function showLink(window: BrowserWindow, link: StudioLink): void {
  void window.loadURL(pageUrl + linkFragment(link))
}
