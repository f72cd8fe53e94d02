import { easelVersion, openStudio } from '#main/studio/open-studio.ts'
import { openTools } from '#main/studio/open-tools.ts'

import { recentLines } from '../logs/recent-lines.ts'
import { openShellLog } from '../logs/shell-log.ts'
import { runCli } from './cli.ts'
import { createProcessContext } from './process-context.ts'

// What the command line has to say is on the terminal already.
const log = openShellLog('cli', { isQuiet: true })

// The exit code is set, not forced: what is still on its way to a pipe is written first.
process.exitCode = await runCli(process.argv.slice(2), {
  ...createProcessContext(),
  version: easelVersion,
  recentLog: recentLines,
  openStudio: (options) => openStudio({ ...options, shell: 'cli', log: log.log, recentLog: recentLines }),
  openTools,
})
