import { easelVersion, openStudio } from '#main/studio/open-studio.ts'
import { openTools } from '#main/studio/open-tools.ts'

import { runCli } from './cli.ts'
import { createProcessContext } from './process-context.ts'

// The exit code is set, not forced: what is still on its way to a pipe is written first.
process.exitCode = await runCli(process.argv.slice(2), {
  ...createProcessContext(),
  version: easelVersion,
  openStudio: (options) => openStudio({ ...options, shell: 'cli' }),
  openTools,
})
