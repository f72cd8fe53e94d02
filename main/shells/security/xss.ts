import type { Page } from '@playwright/test'

import type { CallName } from '#app/contract/studio-api.ts'
import { startBrowserHost } from '../browser/host.ts'
import { FakeStudio } from '../testing/fake-studio.ts'
import { openChromium } from './chromium.ts'
import { hostileResults } from './hostile-results.ts'
import { xssCorpus } from './xss-corpus.ts'

export interface XssReport {
  readonly strings: number
  /** Scripts that ran; null when it could not be tried. */
  readonly executions: number | null
  readonly problems: readonly string[]
}

const stringsAtOnce = 50
/** Views of the page; in the library the first picture is opened too. */
const places = ['create', 'library', 'packs', 'settings']

/** Shows hostile text wherever the real page shows text, in the real browser, and counts what runs. */
export async function runXssCorpus(count: number): Promise<XssReport> {
  const chromium = await openChromium()
  if (chromium === undefined) return { strings: 0, executions: null, problems: [] }
  const { browser } = chromium
  const studio = new FakeStudio()
  const corpus = xssCorpus(count)
  const host = await startBrowserHost({ studio, page: chromium.page })
  try {
    const page = await browser.newPage()
    const problems: string[] = []
    let executions = 0
    page.on('dialog', (dialog) => {
      executions++
      void dialog.dismiss()
    })
    await page.goto(host.address)
    await page.waitForURL(`http://127.0.0.1:${host.port}/`)
    for (let start = 0; start < corpus.length; start += stringsAtOnce) {
      setResults(studio, hostileResults(corpus.slice(start, start + stringsAtOnce)))
      for (const place of places) {
        const found = await visit(page, host.port, place)
        executions += found.runs
        if (!found.isShown && place !== 'settings') problems.push(`${place} shows none of the hostile text`)
        problems.push(...found.injected.map((html) => `${place}: text became markup: ${html}`))
      }
    }
    if (executions > 0) problems.push(`${executions} scripts ran out of hostile text`)
    return { strings: corpus.length, executions, problems }
  } finally {
    await browser.close()
    await host.close()
  }
}

function setResults(studio: FakeStudio, results: Readonly<Partial<Record<CallName, unknown>>>): void {
  for (const [name, result] of Object.entries(results)) studio.results.set(name as CallName, result)
}

interface Visited {
  readonly runs: number
  readonly isShown: boolean
  readonly injected: readonly string[]
}

async function visit(page: Page, port: number, place: string): Promise<Visited> {
  // A change of the fragment alone would not load the page again.
  await page.goto('about:blank')
  await page.goto(`http://127.0.0.1:${port}/#/${place}`)
  const isShown = "document.documentElement.outerHTML.includes('hostileRuns')"
  const shown = place === 'settings' ? 'document.querySelector("main")' : isShown
  await page.waitForFunction(shown, undefined, { timeout: 5000 }).catch(() => undefined)
  await page.waitForTimeout(100)
  let isOpened = true
  if (place === 'library') {
    const picture = page.locator('main ul button, main ul a').first()
    isOpened = await picture.click({ timeout: 5000 }).then(
      () => true,
      () => false,
    )
    await page.waitForTimeout(200)
  }
  return page.evaluate(`({
    runs: window.hostileRuns ?? 0,
    isShown: ${isOpened} && ${isShown},
    injected: [...document.querySelectorAll('script:not([src]), iframe, object, base, [onerror], [onload], [onfocus], [href^="javascript:"]')]
      .map((element) => element.outerHTML.slice(0, 100)),
  })`)
}
