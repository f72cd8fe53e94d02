import { join } from 'node:path'

import { openStudio } from '#main/studio/open-studio.ts'
import { logStudio } from '../logs/logged-studio.ts'
import { recentLines } from '../logs/recent-lines.ts'
import { openShellLog } from '../logs/shell-log.ts'
import { programFolder, shippedPackFolder } from '../program-folder.ts'
import { readPageFiles } from '../serving/page-files.ts'
import { readArguments } from './arguments.ts'
import { runBrowserShell } from './run.ts'

const { isHeadless, port, libraryFolder } = readArguments(process.argv)
const log = openShellLog('browser')
process.on('uncaughtExceptionMonitor', ({ message, stack = '' }) => log.write('error', 'crashed', { message, stack }))
try {
  const page = readPageFiles(join(programFolder(), 'out/renderer'))
  const studio = await openStudio({
    ...{ shell: 'browser', shippedPackFolder: shippedPackFolder(), libraryFolder },
    ...{ log: log.log, recentLog: recentLines },
  })
  await runBrowserShell({ studio: logStudio(studio, log), page, port, isHeadless })
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  log.write('error', 'notOpened', { message })
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
