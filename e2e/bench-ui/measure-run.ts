import { join } from 'node:path'
import type { Browser } from '@playwright/test'

import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { draw } from '../easel-page.ts'
import { startStudio } from '../start-studio.ts'
import { scriptTimes } from './script-time.ts'
import { trace } from './trace.ts'

/**
 * Milliseconds of script, by processor time, that the page takes to follow a run from the click to its last picture. The
 * pack is one of random weights that draws faster than anyone could look: all that is measured is the page.
 * @param folder an empty one, for the pack and a library
 */
export async function measureRun(browser: Browser, folder: string, candidates: number): Promise<number> {
  const pack = join(folder, 'tiny')
  await makeTinyPack(pack)
  const environment = { EASEL_PACKS: pack }
  const viewport = { width: 2560, height: 1440 }
  const studio = await startStudio(browser, { libraryFolder: join(folder, 'library'), environment, viewport })
  try {
    const session = await studio.page.context().newCDPSession(studio.page)
    const events = await trace(session, () => draw(studio.page, { prompt: 'a red apple', candidates }))
    return scriptTimes(events).framesCpuMs.reduce((sum, ms) => sum + ms, 0)
  } finally {
    await studio.stop()
  }
}
