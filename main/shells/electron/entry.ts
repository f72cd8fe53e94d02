import { join } from 'node:path'

import electron from 'electron'

import { installPackFile } from '#main/packs/store/pack-file.ts'
import { easelVersion, openPacks, openStudio } from '#main/studio/open-studio.ts'
import { logStudio } from '../logs/logged-studio.ts'
import { recentLines } from '../logs/recent-lines.ts'
import { openShellLog } from '../logs/shell-log.ts'
import { programFolder, shippedPackFolder } from '../program-folder.ts'
import { readPageFiles } from '../serving/page-files.ts'
import type { DesktopStudio } from './desktop-studio.ts'
import { openDesktopStudio } from './open-desktop-studio.ts'
import { startElectronShell } from './shell.ts'

const out = join(programFolder(), 'out')
const log = openShellLog('electron')

function openStudioInElectron(): Promise<DesktopStudio> {
  return openDesktopStudio(electron, {
    openStudio,
    logged: (studio) => logStudio(studio, log),
    installPackFile: async (file) => (await installPackFile(openPacks(shippedPackFolder()), file)).summary,
    shippedPackFolder: shippedPackFolder(),
    engineFile: join(out, 'main/engine-process.js'),
    log: log.log,
    recentLog: recentLines,
  })
}

/** Written down first, then told: what is left of the program may not do both. */
function endWith(title: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  log.write('error', 'crashed', { message, stack: error instanceof Error ? (error.stack ?? '') : '' })
  electron.dialog.showErrorBox(title, `${message}\n\nWhat happened before is in ${log.path}`)
  electron.app.exit(1)
}

process.on('uncaughtException', (error) => endWith('Easel has crashed', error))

// Not awaited at the top level: Electron becomes ready only after this module has been evaluated.
startElectronShell(electron, {
  openStudio: openStudioInElectron,
  readPage: () => readPageFiles(join(out, 'renderer')),
  preloadFile: join(out, 'preload/preload.cjs'),
  version: easelVersion,
  log,
  words: process.argv.slice(1),
  fetch,
}).catch((error: unknown) => endWith('Easel cannot start', error))
