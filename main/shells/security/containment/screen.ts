import type { Browser, Page } from '@playwright/test'

import { waitInPage } from '../../testing/wait-in-page.ts'
import type { Screen } from './containment.ts'

/** Notes when an error is put on the page; kept by the page itself, so that the way to it costs nothing. */
const watchErrors = `
  window.errorsShownAt = []
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes])
    const isError = (node) => node instanceof Element && (node.matches('[role="alert"]') || node.querySelector('[role="alert"]'))
    if (added.some(isError)) window.errorsShownAt.push(Date.now())
  }).observe(document.documentElement, { childList: true, subtree: true })
`
const patientMs = 60_000

/** A page of the built studio in Chromium that notes when an error appears on it. */
export class StudioScreen implements Screen {
  readonly #browser: Browser
  #page: Page | undefined

  constructor(browser: Browser) {
    this.#browser = browser
  }

  async open(address: string): Promise<void> {
    const page = await this.#browser.newPage()
    await page.goto(address)
    await page.waitForURL(new URL('/', address).href)
    await page.getByRole('textbox', { name: 'Prompt', exact: true }).waitFor()
    await page.evaluate(watchErrors)
    this.#page = page
  }

  /** @throws when no error appears within a minute */
  async shownAt(since: number): Promise<number> {
    return Number(await this.#wait(`window.errorsShownAt.find((at) => at >= ${since})`))
  }

  async clear(): Promise<void> {
    await this.#page?.evaluate(`for (const alert of document.querySelectorAll('[role="alert"] button')) alert.click()`)
    await this.#wait(`document.querySelector('[role="alert"]') === null`)
  }

  #wait(expression: string): Promise<unknown> {
    if (this.#page === undefined) throw new Error('No page is open.')
    return waitInPage(this.#page, expression, patientMs)
  }
}
