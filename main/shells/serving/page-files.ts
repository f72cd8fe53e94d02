import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

export interface PageFile {
  readonly bytes: Uint8Array
  readonly type: string
  /** Its name holds a hash of its content. */
  readonly isHashed: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

/**
 * The built page, by path (`index.html`, `assets/index-4f1c.js`), read once. Serving is a look-up in this map, so that no
 * file path is ever made from a URL. Files of unknown type are left out.
 * @throws StudioError `internal` when the page is not built
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>()
  for (const entry of listFiles(folder)) {
    const type = types[extname(entry)]
    if (type === undefined) continue
    const path = relative(folder, entry).split(sep).join('/')
    files.set(path, { bytes: readFileSync(entry), type, isHashed: path.startsWith('assets/') })
  }
  if (!files.has('index.html')) {
    throw new StudioError('internal', `The studio's page is not built: ${folder} has no index.html. Run "npm start".`)
  }
  return files
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
