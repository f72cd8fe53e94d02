import { join } from 'node:path'

import type { FileSystem } from './file-system.ts'

const deepestFolder = 32

/** PNG files under a folder, in name order. Links are not followed: they could lead outside, or in a circle. */
export function* findPngs(files: FileSystem, folder: string, depth = 0): Generator<string> {
  if (depth > deepestFolder) return
  for (const name of files.listFolder(folder)) {
    const path = join(folder, name)
    const found = files.stat(path)
    if (found?.isFolder === true) yield* findPngs(files, path, depth + 1)
    else if (found?.isFile === true && name.toLowerCase().endsWith('.png')) yield path
  }
}
