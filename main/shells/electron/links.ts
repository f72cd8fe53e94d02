import type { BrowserWindow } from 'electron'

import { linkFragment, linkScheme, parseStudioLink, type StudioLink } from '#app/contract/studio-link.ts'
import { pageUrl } from './addresses.ts'
import type { Electron } from './electron-module.ts'

/** `easel://` links and pack files with which the system opens Easel: before it is ready, while it runs, from a second instance. */
export class OpenedThings {
  readonly #onLink: (link: StudioLink) => void
  readonly #onPackFile: (file: string) => void
  readonly #waiting: string[] = []
  #isReady = false

  constructor(onLink: (link: StudioLink) => void, onPackFile: (file: string) => void) {
    this.#onLink = onLink
    this.#onPackFile = onPackFile
  }

  /** Before `ready`: macOS says so at once what it opens. */
  listen({ app }: Pick<Electron, 'app'>): void {
    app.setAsDefaultProtocolClient(linkScheme)
    app.on('open-url', (event, url) => {
      event.preventDefault()
      this.take([url])
    })
    app.on('open-file', (event, path) => {
      event.preventDefault()
      this.take([path])
    })
  }

  /** Of a command line: one link or pack file at most, the rest is Chromium's. */
  take(words: readonly string[]): void {
    const word = words.findLast((candidate) => parseStudioLink(candidate) !== undefined || isPackFile(candidate))
    if (word === undefined) return
    if (this.#isReady) this.#open(word)
    else this.#waiting.push(word)
  }

  /** The studio is there and its window open. */
  ready(): void {
    this.#isReady = true
    for (const word of this.#waiting.splice(0)) this.#open(word)
  }

  #open(word: string): void {
    const link = parseStudioLink(word)
    if (link === undefined) this.#onPackFile(word)
    else this.#onLink(link)
  }
}

export const packFileExtension = 'easelpack'

function isPackFile(word: string): boolean {
  return !word.startsWith('-') && word.toLowerCase().endsWith(`.${packFileExtension}`)
}

/** Only the fragment changes: the page stays as it is, and shows what the link leads to. */
export function showLink(window: BrowserWindow, link: StudioLink): void {
  void window.loadURL(pageUrl + linkFragment(link))
}
