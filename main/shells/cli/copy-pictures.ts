import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'

import { StudioError } from '#app/contract/errors.ts'
import type { PictureDetail } from '#app/domain/picture.ts'
import { copyWhole } from '../copy-whole.ts'

/**
 * Copies PNGs under names that say what they are: `a-red-apple-seed7-rank01-candidate3-1a2b3c4d.png`.
 * The last part is of the PNG's sha256, so that two runs never meet under one name.
 * @returns absolute paths, in the order of `pictures`
 */
export async function copyPictures(
  pictures: readonly PictureDetail[],
  files: readonly string[],
  folder: string,
): Promise<readonly string[]> {
  try {
    await prepareFolder(folder)
    return await Promise.all(pictures.map((picture, position) => copy(picture, files[position] ?? '', folder)))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError(
      'storageFailed',
      `The pictures are in the library but could not be copied to ${folder}: ${reason}.`,
      {
        cause,
      },
    )
  }
}

/**
 * Makes the folder that pictures will be copied to, before minutes are spent on drawing them.
 * Level by level: Node's recursive `mkdir` never ends where the system says ENOENT for good (below /proc).
 * @throws StudioError `storageFailed`
 */
export async function prepareFolder(folder: string): Promise<void> {
  const path = resolve(folder)
  const levels = path.split(sep).map((_, depth, names) => names.slice(0, depth + 1).join(sep) || sep)
  try {
    for (const level of levels) if (!(await isFolder(level))) await mkdir(level)
    await access(path, constants.W_OK)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('storageFailed', `Pictures cannot be copied to ${folder}: ${reason}.`, { cause })
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}

async function copy(picture: PictureDetail, file: string, folder: string): Promise<string> {
  const target = resolve(join(folder, fileName(picture)))
  // The name holds the content's hash: what is there already is this picture.
  await copyWhole(file, target)
  return target
}

function fileName({ prompt, generation, rank, index, objectSha256 }: PictureDetail): string {
  const words = prompt
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 48)
  const parts = [
    words || 'picture',
    `seed${generation.seed}`,
    `rank${String(rank).padStart(2, '0')}`,
    `candidate${index}`,
  ]
  return `${parts.join('-')}-${objectSha256.slice(0, 8)}.png`
}
