import type { Browser } from '@playwright/test'

import { waitInPage } from '../testing/wait-in-page.ts'
import { startHost } from './started-host.ts'

/** Times of one start, in milliseconds. */
export interface Start {
  /** From the start of the process until its address is printed. */
  readonly addressMs: number
  /** From the opening of the address until the page shows something, and until prompt, pack and history can be used; null without Chromium. */
  readonly firstPaintMs: number | null
  readonly interactiveMs: number | null
  /** Whether the engine's process was there before anything was asked of it. */
  readonly isEngineEarly: boolean
}

type PageTimes = Pick<Start, 'firstPaintMs' | 'interactiveMs'>

const patientMs = 60_000

/** Starts the browser shell in a process of its own, opens its page, and ends it again. @param browser undefined = the page is not measured */
export async function measureStart(libraryFolder: string, browser: Browser | undefined): Promise<Start> {
  const host = await startHost(libraryFolder)
  try {
    const page =
      browser === undefined ? { firstPaintMs: null, interactiveMs: null } : await measurePage(browser, host.address)
    return { addressMs: host.addressMs, ...page, isEngineEarly: host.children().length > 0 }
  } finally {
    await host.stop()
  }
}

async function measurePage(browser: Browser, address: string): Promise<PageTimes> {
  // Of its own each time: nothing is cached from the start before.
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const openedAt = Date.now()
    await page.goto(address)
    // The studio alone makes this mark; the door before it has none.
    await waitInPage(page, `performance.getEntriesByName('easel-interactive').length > 0`, patientMs)
    await waitInPage(page, `performance.getEntriesByName('first-contentful-paint').length > 0`, patientMs)
    // The clock of the page starts when the door leads to it.
    return await page.evaluate<PageTimes>(`({
      firstPaintMs: performance.timeOrigin - ${openedAt} + performance.getEntriesByName('first-contentful-paint')[0].startTime,
      interactiveMs: performance.timeOrigin - ${openedAt} + performance.getEntriesByName('easel-interactive')[0].startTime,
    })`)
  } finally {
    await context.close()
  }
}
