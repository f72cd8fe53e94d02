import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

/**
 * The folder with Easel's `package.json`: the repository, the installed npm package, or Electron's `app.asar`. Found by looking upwards,
 * because bundling moves files.
 */
export function programFolder(start = import.meta.dirname): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(folder) === folder) throw new StudioError('internal', `No package.json above ${start}.`)
  }
}

/** The starter pack. It lies beside the archive, not in it: ONNX Runtime reads real files. */
export function shippedPackFolder(folder = programFolder()): string {
  return join(folder.replace(/\bapp\.asar$/, 'app.asar.unpacked'), 'models/starter/pack')
}
