import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type Browser } from '@playwright/test'

import { isElectron, launchChromium, startStudio, type RunningStudio, type StudioOptions } from './start-studio.ts'

interface Fixtures {
  readonly libraryFolder: string
  /** Starts a studio; every one still running at the end of the spec is stopped. */
  readonly startStudio: (options?: Partial<StudioOptions>) => Promise<RunningStudio>
}

export const test = base.extend<Fixtures, { readonly chromiumBrowser: Browser | undefined }>({
  chromiumBrowser: [
    async ({}, use) => {
      if (isElectron) return use(undefined)
      const browser = await launchChromium()
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],

  libraryFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'easel-e2e-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },

  startStudio: async ({ chromiumBrowser, libraryFolder }, use, testInfo) => {
    const running = new Set<RunningStudio>()
    await use(async (options = {}) => {
      const studio = await startStudio(chromiumBrowser, { libraryFolder, ...options })
      running.add(studio)
      const forget = (end: () => Promise<void>) => async () => {
        running.delete(studio)
        await end()
      }
      const handle = { ...studio, stop: forget(studio.stop), kill: forget(studio.kill) }
      return handle
    })
    if (testInfo.status !== testInfo.expectedStatus)
      for (const studio of running)
        await testInfo.attach('studio output', { body: studio.output(), contentType: 'text/plain' })
    for (const studio of running) await studio.stop()
  },
})
export { expect } from '@playwright/test'
