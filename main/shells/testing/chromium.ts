import { existsSync } from 'node:fs'
import type { Browser } from '@playwright/test'

/** Debian's, unless the environment names another. */
export const chromiumPath = process.env['EASEL_CHROMIUM'] ?? '/usr/bin/chromium'

/** Chromium's own requests to the network (updates, accounts, a first run's) are not made. */
export const quietArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @returns undefined where there is no Chromium */
export async function launchChromium(): Promise<Browser | undefined> {
  if (!existsSync(chromiumPath)) return undefined
  const { chromium } = await import('@playwright/test')
  return chromium.launch({ executablePath: chromiumPath, args: quietArguments })
}
