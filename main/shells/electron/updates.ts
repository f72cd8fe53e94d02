import { readFileSync } from 'node:fs'

import { z } from 'zod'

import type { Electron } from './electron-module.ts'
import { isAllowedLink, openLink } from './external-links.ts'

/**
 * Off unless the person writes `{"updateFeed": "https://…"}` into `settings.json` of Easel's data folder: the address of a JSON file with the
 * newest version and the page to get it from. Nothing else in Easel ever leaves the machine.
 */
const settingsSchema = z.object({ updateFeed: z.url({ protocol: /^https$/ }) })
const feedSchema = z.object({
  version: z.string().regex(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/),
  page: z.string().refine(isAllowedLink),
})
const maxFeedCharacters = 10_000
const timeoutMs = 10_000

export interface UpdateOptions {
  readonly settingsFile: string
  readonly currentVersion: string
  readonly fetch: typeof fetch
}

/** Tells of a newer version, once; downloads nothing. Whatever goes wrong is no concern of the person's. @returns what it found */
export async function checkForUpdate(
  electron: Pick<Electron, 'dialog' | 'shell'>,
  { settingsFile, currentVersion, fetch }: UpdateOptions,
): Promise<'off' | 'current' | 'newer' | 'failed'> {
  const feed = readFeedAddress(settingsFile)
  if (feed === undefined) return 'off'
  try {
    const response = await fetch(feed, {
      redirect: 'error',
      credentials: 'omit',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    const newest = feedSchema.parse(JSON.parse(text.length > maxFeedCharacters ? '' : text))
    if (compareVersions(newest.version, currentVersion) <= 0) return 'current'
    const { response: button } = await electron.dialog.showMessageBox({
      type: 'info',
      message: `Easel ${newest.version} is there; this is ${currentVersion}.`,
      buttons: ['Later', 'Open its page'],
      defaultId: 0,
      cancelId: 0,
    })
    if (button === 1) openLink(electron, newest.page)
    return 'newer'
  } catch {
    return 'failed'
  }
}

function readFeedAddress(file: string): string | undefined {
  try {
    return settingsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).updateFeed
  } catch {
    return undefined
  }
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const place = (left ?? []).findIndex((part, index) => part !== right?.[index])
  return place < 0 ? 0 : (left?.[place] ?? 0) - (right?.[place] ?? 0)
}
