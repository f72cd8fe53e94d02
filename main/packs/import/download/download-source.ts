import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'

import { downloadFile, hashesOf, type DownloadOptions } from './download-file.ts'
import { knownSources, type KnownSource, type SourceFile } from './known-sources.ts'

export interface FetchedFile {
  readonly name: string
  readonly path: string
  readonly sha256: string
  /** It was there already, whole as far as a published checksum tells. */
  readonly wasThere: boolean
}

/** @throws StudioError `notFound` that names all ids */
export function findSource(id: string): KnownSource {
  const found = knownSources.find((source) => source.id === id)
  if (found !== undefined) return found
  const ids = knownSources.map((source) => source.id).join(', ')
  throw new StudioError('notFound', `There is no known source "${id}"; there are: ${ids}.`)
}

/**
 * Fetches the files of a published checkpoint one after the other into `folder`; what is there already is not fetched again, and what was
 * begun is gone on with.
 * @param onFile called before each file is fetched, with the bytes that are known of it
 * @throws what `downloadFile` throws; files that came before it stay
 */
export async function downloadSource(
  source: KnownSource,
  folder: string,
  {
    onFile,
    ...options
  }: Omit<DownloadOptions, 'onProgress'> & {
    readonly onFile?: (file: SourceFile) => void
    readonly onProgress?: (file: SourceFile, done: number, total: number | null) => void
  } = {},
): Promise<FetchedFile[]> {
  await mkdir(folder, { recursive: true })
  const fetched: FetchedFile[] = []
  for (const file of source.files) {
    const path = join(folder, file.name)
    const known = await wholeFile(file, path, options.signal)
    if (known === null) onFile?.(file)
    const { onProgress, ...rest } = options
    const sha256 =
      known ??
      (await downloadFile(file, path, { ...rest, onProgress: (done, total) => onProgress?.(file, done, total) }))
    fetched.push({ name: file.name, path, sha256, wasThere: known !== null })
  }
  return fetched
}

/** The sha256 of a file that need not be fetched: only downloads that are whole get their name. */
async function wholeFile(file: SourceFile, path: string, signal?: AbortSignal): Promise<string | null> {
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isThere) return null
  const { sha256, md5 } = await hashesOf(path, signal)
  return (file.sha256 ?? sha256) === sha256 && (file.md5 ?? md5) === md5 ? sha256 : null
}
