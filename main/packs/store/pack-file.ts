import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { extract, pack as packTar, type Header, type Pack } from 'tar-stream'

import { StudioError } from '#app/contract/errors.ts'

/** A pack folder as one file, to be sent and opened: a tar of its files, side by side, without folders. */
export const packFileEnding = '.easelpack'

const maxEntries = 64
const maxNameCharacters = 128
const maxBytes = 64e9
/** No separators, no dots in front, nothing that a file system takes for something else. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/

/** Writes the files of a pack folder into the new file `file`. @throws StudioError `storageFailed` */
export async function writePackFile(folder: string, file: string): Promise<void> {
  const tar = packTar()
  try {
    await Promise.all([addFiles(tar, folder), writeTar(tar, file)])
  } catch (cause) {
    tar.destroy()
    throw new StudioError('storageFailed', `The pack could not be written to ${file}: ${String(cause)}.`, { cause })
  }
}

async function addFiles(tar: Pack, folder: string): Promise<void> {
  for (const name of (await readdir(folder)).toSorted()) {
    const { size } = await stat(join(folder, name))
    // No dates and owners: the same pack gives the same file.
    const entry = tar.entry({ name, size, mode: 0o644, mtime: new Date(0) })
    await pipeline(createReadStream(join(folder, name)), entry)
  }
  tar.finalize()
}

async function writeTar(tar: Pack, file: string): Promise<void> {
  const target = await open(file, 'wx', 0o644)
  try {
    for await (const part of tar as AsyncIterable<Uint8Array>) await target.write(part)
    await target.sync()
  } finally {
    await target.close()
  }
}

/**
 * Installs a pack that came as one file: unpacked beside everything else, checked as any other pack, moved into place.
 * @throws StudioError `packInvalid` for anything that is no tar of a few plain files
 */
export async function installPackFile<Found>(
  store: { install(folder: string): Promise<Found> },
  file: string,
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'easel-pack-file-'))
  try {
    await mkdir(join(folder, 'pack'))
    await unpack(file, join(folder, 'pack'))
    return await store.install(join(folder, 'pack'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function unpack(file: string, folder: string): Promise<void> {
  const tar = extract()
  const source = createReadStream(file)
  source.on('error', (error) => tar.destroy(error))
  source.pipe(tar)
  const names = new Set<string>()
  let left = maxBytes
  try {
    for await (const entry of tar) {
      const { name, size } = checkEntry(entry.header, names)
      names.add(name.toLowerCase())
      left -= size
      if (left < 0) throw invalid(`more than ${maxBytes / 1e9} GB`)
      // Its type declares less than it is: every entry can be read piece by piece.
      await writeEntry(entry as unknown as AsyncIterable<Uint8Array>, size, join(folder, name))
    }
  } catch (cause) {
    if (cause instanceof StudioError) throw cause
    throw new StudioError('packInvalid', `${file} is not a pack file: ${String(cause)}.`, { cause })
  } finally {
    source.destroy()
    tar.destroy()
  }
  if (names.size === 0) throw invalid('nothing')
}

/** The header says how long an entry is; what comes is counted all the same. */
async function writeEntry(entry: AsyncIterable<Uint8Array>, size: number, target: string): Promise<void> {
  const file = await open(target, 'wx', 0o644)
  try {
    let written = 0
    for await (const part of entry) {
      written += part.length
      if (written > size) throw invalid('an entry longer than it says')
      await file.write(part)
    }
  } finally {
    await file.close()
  }
}

function checkEntry({ name, type, size = 0 }: Header, names: ReadonlySet<string>): { name: string; size: number } {
  if (type !== 'file') throw invalid(`"${name.slice(0, 100)}", which is not a plain file`)
  if (!plainName.test(name) || name.length > maxNameCharacters) throw invalid(`a file named "${name.slice(0, 100)}"`)
  if (names.has(name.toLowerCase())) throw invalid(`"${name}" twice`)
  if (names.size >= maxEntries) throw invalid(`more than ${maxEntries} files`)
  return { name, size }
}

function invalid(what: string): StudioError {
  return new StudioError('packInvalid', `The pack file holds ${what}.`)
}
