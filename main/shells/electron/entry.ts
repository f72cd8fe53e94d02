import { join } from 'node:path'

import electron from 'electron'

import { utilityEngine } from '#main/engine/utility-engine.ts'
import { openStudio } from '#main/studio/open-studio.ts'
import { logToTerminal as log } from '../log-to-terminal.ts'
import { programFolder, shippedPackFolder } from '../program-folder.ts'
import { readPageFiles } from '../serving/page-files.ts'
import { startElectronShell } from './shell.ts'

const out = join(programFolder(), 'out')

function spawnEngine(): ReturnType<typeof utilityEngine> {
  const child = electron.utilityProcess.fork(join(out, 'main/engine-process.js'), [], { serviceName: 'Easel engine' })
  return utilityEngine(child)
}

// Not awaited at the top level: Electron becomes ready only after this module has been evaluated.
startElectronShell(electron, {
  openStudio: () => openStudio({ shell: 'electron', shippedPackFolder: shippedPackFolder(), spawnEngine, log }),
  readPage: () => readPageFiles(join(out, 'renderer')),
  preloadFile: join(out, 'preload/preload.cjs'),
}).catch((error: unknown) => {
  electron.dialog.showErrorBox('Easel cannot start', error instanceof Error ? error.message : String(error))
  electron.app.exit(1)
})
