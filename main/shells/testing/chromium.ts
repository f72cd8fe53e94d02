import { existsSync } from 'node:fs'
import type { Browser } from '@playwright/test'

/** Chromium's own requests to the network (updates, accounts, a first run's) are not made. */
const quietArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @returns undefined where there is no Chromium; `EASEL_CHROMIUM` names another one than Debian's */
export async function launchChromium(): Promise<Browser | undefined> {
  const executablePath = process.env['EASEL_CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) return undefined
  const { chromium } = await import('@playwright/test')
  return chromium.launch({ executablePath, args: quietArguments })
}
