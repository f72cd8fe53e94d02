import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from '@playwright/test'

import { programFolder } from '../program-folder.ts'
import { readPageFiles, type PageFile } from '../serving/page-files.ts'
import { launchChromium } from '../testing/chromium.ts'

/** Chromium and the built page. */
export interface Chromium {
  readonly browser: Browser
  readonly page: ReadonlyMap<string, PageFile>
}

/** @returns undefined where there is no Chromium, or the page is not built */
export async function openChromium(): Promise<Chromium | undefined> {
  const pageFolder = join(programFolder(), 'out/renderer')
  if (!existsSync(join(pageFolder, 'index.html'))) return undefined
  const browser = await launchChromium()
  return browser === undefined ? undefined : { browser, page: readPageFiles(pageFolder) }
}
