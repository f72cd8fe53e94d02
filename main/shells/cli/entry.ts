import { easelVersion, openPacks, openStudio } from '#main/studio/open-studio.ts'

import { runCli } from './cli.ts'
import { createProcessContext } from './process-context.ts'

// The exit code is set, not forced: what is still on its way to a pipe is written first.
process.exitCode = await runCli(process.argv.slice(2), {
  ...createProcessContext(),
  version: easelVersion,
  openStudio: (options) => openStudio({ ...options, shell: 'cli' }),
  listPacks: async () => (await openPacks().list()).map(({ summary }) => summary),
})
