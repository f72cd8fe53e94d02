import type { Browser, Page } from '@playwright/test'

import { startBrowserHost } from '../../browser/host.ts'
import { waitInPage } from '../../testing/wait-in-page.ts'
import { openChromium } from '../chromium.ts'
import { hostileCorpus } from './corpus.ts'
import { openHostileLibrary } from './hostile-library.ts'
import { marked, markOf, ways, type Way } from './marks.ts'
import { watchedExpression, watchScript, type Watched } from './watch-page.ts'

export interface HostileTextReport {
  readonly strings: number
  /** Strings that were taken in or refused, and shown, by way of coming in. */
  readonly shown: Readonly<Partial<Record<Way, number>>>
  /** Texts that the studio would not take in. */
  readonly refused: number
  /** Scripts that ran; null when it could not be tried. */
  readonly executions: number | null
  /** Strings of the corpus whose script ran in a page without any defence: what the corpus is worth in this browser. */
  readonly executionsUndefended: number | null
  readonly problems: readonly string[]
}

const patientMs = 20_000
/** Texts that no studio takes in (control characters) are few. */
const maxRefusedShare = 0.1

/**
 * Takes hostile text in by every way it comes from outside, looks at every place of the real page, and at every picture in the viewer, in the real browser; counts
 * what runs, and holds that every text was really shown.
 */
export async function tryHostileText(count: number): Promise<HostileTextReport> {
  const chromium = await openChromium()
  if (chromium === undefined)
    return { strings: 0, shown: {}, refused: 0, executions: null, executionsUndefended: null, problems: [] }
  const { browser } = chromium
  const corpus = hostileCorpus(count)
  try {
    const executionsUndefended = await runUndefended(browser, corpus)
    const hostile = await openHostileLibrary(corpus)
    const host = await startBrowserHost({ studio: hostile.studio, page: chromium.page })
    try {
      const { page, dialogs } = await openWatched(browser)
      await page.goto(host.address)
      await page.waitForURL(`http://127.0.0.1:${host.port}/`)
      const followed = await followLinks(page, corpus)
      for (const place of ['create', 'packs', 'settings']) await visit(page, place)
      await walkThroughLibrary(page, hostile.pictures)
      const { runs, marks, injected } = await page.evaluate<Watched>(watchedExpression)
      const executions = runs + dialogs.length
      const taken = [...hostile.taken, ...corpus.map((_text, place) => markOf('link', place))]
      const seen = new Set([...marks, ...followed])
      const missing = taken.filter((mark) => !seen.has(mark))
      return {
        strings: corpus.length,
        shown: countByWay(taken.filter((mark) => seen.has(mark))),
        refused: hostile.refused.length,
        executions,
        executionsUndefended,
        problems: [
          ...injected.slice(0, 10).map((html) => `text became markup: ${html}`),
          ...(executions === 0 ? [] : [`${executions} scripts ran out of hostile text`]),
          ...(executionsUndefended > 0 ? [] : ['no text runs even without any defence: nothing was tried']),
          ...(missing.length === 0
            ? []
            : [`${missing.length} texts were never shown: ${missing.slice(0, 10).join(' ')}`]),
          ...(hostile.refused.length <= maxRefusedShare * taken.length
            ? []
            : [`${hostile.refused.length} texts were refused: ${hostile.refused.slice(0, 3).join(' ')}`]),
        ],
      }
    } finally {
      await host.close()
      await hostile.close()
    }
  } finally {
    await browser.close()
  }
}

async function openWatched(browser: Browser): Promise<{ readonly page: Page; readonly dialogs: readonly string[] }> {
  const page = await browser.newPage()
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await page.addInitScript(watchScript)
  return { page, dialogs }
}

/** Each text as the markup of an empty page, which nothing defends. */
async function runUndefended(browser: Browser, corpus: readonly string[]): Promise<number> {
  const { page } = await openWatched(browser)
  let ran = 0
  for (const text of corpus) {
    await page.goto('about:blank')
    // Some of the texts leave the page, in the middle of a look.
    await page
      .evaluate(`document.open(); document.write(${JSON.stringify(text)}); document.close()`)
      .catch(() => undefined)
    const isRun = await waitInPage(page, 'window.hostileRuns > 0', 50).catch(() => false)
    if (isRun === true) ran++
  }
  await page.close()
  return ran
}

/** Links bring a prompt into the composer, whose text is no part of the document. @returns marks of those that did */
async function followLinks(page: Page, corpus: readonly string[]): Promise<readonly string[]> {
  await page.getByRole('textbox', { name: 'Prompt', exact: true }).waitFor()
  const followed: string[] = []
  for (const [place, text] of corpus.entries()) {
    const prompt = encodeURIComponent(marked(text, 'link', place, 1000))
    await page.evaluate(`location.hash = ${JSON.stringify(`/create?prompt=${prompt}`)}`)
    const mark = markOf('link', place)
    const isThere = `document.querySelector('textarea').value.includes(${JSON.stringify(mark)})`
    const isFollowed = await waitInPage(page, isThere, 2000).catch(() => false)
    if (isFollowed === true) followed.push(mark)
  }
  return followed
}

async function visit(page: Page, place: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`/${place}`)}`)
  await waitInPage(page, `document.querySelector('main')?.textContent.length > 20`, patientMs)
  await waitInPage(page, `document.querySelector('main [aria-busy="true"]') === null`, patientMs)
}

/** Every picture in the viewer, one after the other. */
async function walkThroughLibrary(page: Page, pictures: number): Promise<void> {
  await visit(page, 'library')
  await readAllShelves(page)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Picture' }).waitFor()
  // The details come a moment after the picture.
  const prompt = `document.querySelector('dialog[open] .prompt')?.textContent ?? ''`
  let shown = ''
  for (let step = 0; step < pictures; step++) {
    shown = String(
      await waitInPage(page, `((prompt) => prompt !== ${JSON.stringify(shown)} && prompt)(${prompt})`, patientMs),
    )
    await page.keyboard.press('ArrowRight')
  }
}

/** To the end of the shelves and back: arrow keys in the viewer go as far as has been read. */
async function readAllShelves(page: Page): Promise<void> {
  await page.getByRole('listbox', { name: 'Pictures' }).getByRole('option').first().focus()
  const place = (end: string): string => `document.activeElement?.getAttribute('aria-posinset') === ${end}`
  const last = `document.activeElement?.getAttribute('aria-setsize')`
  for (let isLast: unknown = false; isLast !== true; isLast = await page.evaluate<boolean>(place(last))) {
    await page.keyboard.press('PageDown')
    await waitInPage(page, `document.activeElement?.getAttribute('role') === 'option'`, patientMs)
  }
  await page.keyboard.press('Home')
  await waitInPage(page, place("'1'"), patientMs)
}

function countByWay(marks: readonly string[]): Partial<Record<Way, number>> {
  const counts: Partial<Record<Way, number>> = {}
  for (const way of Object.keys(ways) as Way[]) {
    counts[way] = marks.filter((mark) => mark.startsWith(`#${ways[way]}`)).length
  }
  return counts
}
