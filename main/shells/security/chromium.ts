import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from '@playwright/test'

import { programFolder } from '../program-folder.ts'
import { readPageFiles, type PageFile } from '../serving/page-files.ts'

/** Chromium and the built page. */
export interface Chromium {
  readonly browser: Browser
  readonly page: ReadonlyMap<string, PageFile>
}

/** @returns undefined where there is no Chromium, or the page is not built */
export async function openChromium(): Promise<Chromium | undefined> {
  const pageFolder = join(programFolder(), 'out/renderer')
  const executablePath = process.env['EASEL_CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(join(pageFolder, 'index.html')) || !existsSync(executablePath)) return undefined
  const { chromium } = await import('@playwright/test')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  return { browser, page: readPageFiles(pageFolder) }
}
