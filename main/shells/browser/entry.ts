import { join } from 'node:path'

import { openStudio } from '#main/studio/open-studio.ts'
import { programFolder, shippedPackFolder } from '../program-folder.ts'
import { readPageFiles } from '../serving/page-files.ts'
import { readArguments } from './arguments.ts'
import { runBrowserShell } from './run.ts'
import { logToTerminal as log } from '../log-to-terminal.ts'

const { isHeadless, port, libraryFolder } = readArguments(process.argv)
try {
  const page = readPageFiles(join(programFolder(), 'out/renderer'))
  const studio = await openStudio({ shell: 'browser', shippedPackFolder: shippedPackFolder(), libraryFolder, log })
  await runBrowserShell({ studio, page, port, isHeadless })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
