import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

/**
 * The unpacked Electron of this machine, as `npm start` fetches it. Looks at files only: requiring the module would start a download.
 * @throws StudioError `internal` with a sentence that says how to get it
 */
export function installedElectron(repository: string): { readonly dist: string; readonly version: string } {
  const folder = join(repository, 'node_modules/electron')
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const dist = join(folder, 'dist')
  if (!existsSync(dist) || !existsSync(join(folder, 'path.txt'))) {
    throw new StudioError(
      'internal',
      `Installers cannot be made here: the binary of Electron ${version} is missing. Get it with "npx install-electron" (ELECTRON_MIRROR names another host), then try again.`,
    )
  }
  return { dist, version }
}
