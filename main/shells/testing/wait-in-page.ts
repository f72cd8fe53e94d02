import { setTimeout } from 'node:timers/promises'
import type { Page } from '@playwright/test'

const pauseMs = 25

/**
 * Waits until an expression holds in a page, and gives its value. Playwright's own `waitForFunction` evaluates from within the page from the second look on,
 * which the studio's Content-Security-Policy forbids; a call through the debugger is not bound by it.
 * @throws Error that names the expression when it does not hold in time
 */
export async function waitInPage(
  page: Pick<Page, 'evaluate'>,
  expression: string,
  timeoutMs: number,
): Promise<unknown> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const value = await evaluate(page, expression)
    if (value) return value
    if (performance.now() > end) throw new Error(`Not so within ${timeoutMs} ms: ${expression}`)
    await setTimeout(pauseMs)
  }
}

/** Undefined while one page gives way to the next, as the door does to the studio. */
async function evaluate(page: Pick<Page, 'evaluate'>, expression: string): Promise<unknown> {
  try {
    return await page.evaluate<unknown>(expression)
  } catch (error) {
    if (String(error).includes('Execution context was destroyed')) return undefined
    throw error
  }
}
