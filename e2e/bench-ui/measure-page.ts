import type { Page } from '@playwright/test'

import { scriptTimes, type ScriptTimes, type TraceEvent } from './script-time.ts'
import { trace } from './trace.ts'

const grid = '[role=listbox]'

/** First paint and readiness of a page that has been loaded before, in milliseconds since it was asked for. */
export async function measureStart(
  page: Page,
): Promise<{ readonly firstPaintMs: number; readonly interactiveMs: number }> {
  await page.reload()
  await page.waitForFunction(() => performance.getEntriesByName('easel-interactive').length > 0)
  return page.evaluate(() => ({
    firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    interactiveMs: performance.getEntriesByName('easel-interactive')[0]?.startTime ?? NaN,
  }))
}

export interface Fling extends ScriptTimes {
  /** The most nodes that the grid had at once. */
  readonly gridNodes: number
  readonly pixels: number
}

/** Scrolls as a finger does, down and faster and faster, and watches what it costs. @param seconds of each of the four flings */
export async function fling(
  page: Page,
  seconds: number,
  onTrace?: (events: readonly TraceEvent[]) => void,
): Promise<Fling> {
  const session = await page.context().newCDPSession(page)
  const box = (await page.locator(grid).locator('xpath=ancestor::*[2]').boundingBox())!
  await page.evaluate((selector) => {
    const list = document.querySelector(selector)!
    Object.assign(window, { mostNodes: 0 })
    const count = () => {
      Object.assign(window, {
        mostNodes: Math.max(Reflect.get(window, 'mostNodes') as number, list.querySelectorAll('*').length),
      })
    }
    count()
    new MutationObserver(count).observe(list, { childList: true, subtree: true })
  }, grid)
  const before = await scrollTop(page)
  const events = await trace(session, async () => {
    for (const speed of [2000, 6000, 12_000, 24_000]) {
      await session.send('Input.synthesizeScrollGesture', {
        x: box.x + box.width / 2,
        y: box.y + box.height / 2,
        yDistance: -speed * seconds,
        speed,
        gestureSourceType: 'mouse',
      })
    }
  })
  onTrace?.(events)
  const pixels = (await scrollTop(page)) - before
  const gridNodes = await page.evaluate(() => Reflect.get(window, 'mostNodes') as number)
  await session.detach()
  return { ...scriptTimes(events), gridNodes, pixels }
}

const scrollTop = (page: Page) =>
  page.evaluate((selector) => document.querySelector(selector)!.parentElement!.parentElement!.scrollTop, grid)

/** Milliseconds from a click on a button to the picture of that place on the page, loaded. */
export async function measureJump(page: Page, button: string, index: number): Promise<number> {
  return page.evaluate(
    async ({ name, place }) => {
      const found = [...document.querySelectorAll('button')].find((known) => known.textContent.trim() === name)
      if (found === undefined) throw new Error(`There is no button "${name}".`)
      const start = performance.now()
      found.click()
      for (;;) {
        await new Promise(requestAnimationFrame)
        const image = document.querySelector<HTMLImageElement>(`img[data-index="${place}"]`)
        const box = image?.getBoundingClientRect()
        const isSeen = box !== undefined && box.top >= 0 && box.bottom <= innerHeight
        if (image?.complete && image.naturalWidth > 0 && isSeen) return performance.now() - start
        if (performance.now() - start > 20_000) throw new Error(`Picture ${place} did not come.`)
      }
    },
    { name: button, place: index },
  )
}

/** A letter each so many milliseconds is 80 words a minute: more than most people type. */
const letterEveryMs = 150
/** After everything is shown again, its pictures are decoded, its matches counted and its days read. */
const restMs = 600

/** Milliseconds from each key stroke to the end of the frame that has painted its results. */
export async function measureTyping(page: Page, texts: readonly string[]): Promise<readonly number[]> {
  const field = page.getByRole('searchbox', { name: 'Search library' })
  const times: number[] = []
  for (const text of texts) {
    await field.fill('')
    await settled(page)
    await wait(restMs)
    for (const letter of text) {
      const nextAt = performance.now() + letterEveryMs
      await page.evaluate(timeNextLetter, '[data-search]')
      await field.pressSequentially(letter)
      times.push(await page.evaluate(() => Reflect.get(window, 'timed') as Promise<number>))
      await settled(page)
      await wait(Math.max(0, nextAt - performance.now()))
    }
  }
  await field.fill('')
  await settled(page)
  return times
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

declare const scheduler: {
  postTask(task: () => void, options: { readonly priority: 'user-blocking' }): Promise<void>
}

/** In the page. It only listens: asking in each frame whether the list is there would itself make frames. */
function timeNextLetter(search: string): void {
  const library = document.querySelector(search)!.closest('section')!
  const timed = new Promise<number>((resolve) => {
    let pressedAt: number | undefined
    const press = ({ timeStamp }: Event) => void (pressedAt ??= timeStamp)
    const options = { capture: true, once: true }
    addEventListener('keydown', press, options)
    // A letter of an input method comes without a key.
    addEventListener('input', press, options)
    new MutationObserver((_, observer) => {
      if (library.getAttribute('aria-busy') === 'true') return
      observer.disconnect()
      removeEventListener('keydown', press, options)
      // A task waits for the frame that it was made in: style, layout, painting. Of this priority, it does not wait for pictures that arrive meanwhile.
      requestAnimationFrame(() => {
        const settle = () => resolve(performance.now() - (pressedAt ?? NaN))
        void scheduler.postTask(settle, { priority: 'user-blocking' })
      })
    }).observe(library, { attributeFilter: ['aria-busy'] })
  })
  Object.assign(window, { timed })
}

/** The list is that of what is asked for, and its pictures are there. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const library = document.querySelector('[data-search]')!.closest('section')!
    const images = [...library.querySelectorAll<HTMLImageElement>('img[data-index]')]
    return library.getAttribute('aria-busy') !== 'true' && images.every(({ complete }) => complete)
  })
}
