import { readFile } from 'node:fs/promises'

import { StudioError } from '#app/contract/errors.ts'
import type { Resource } from '#app/contract/resources.ts'

import type { StudioParts } from './parts.ts'

export interface ResourceBytes {
  readonly bytes: Uint8Array
  /** Media type. */
  readonly type: string
}

/** @throws StudioError `notFound`, also for a preview that has been replaced by its picture */
export async function readResource(parts: StudioParts, resource: Resource): Promise<ResourceBytes> {
  if (resource.kind === 'picture') {
    return { bytes: await readPictureFile(parts.library.pictureFile(resource.id)), type: 'image/png' }
  }
  const { generationId, candidate, version } = resource
  const bytes = await parts.previews.read(generationId, candidate, version)
  if (bytes === undefined) throw new StudioError('notFound', `There is no preview of candidate ${candidate} any more.`)
  return { bytes, type: 'image/png' }
}

/** @throws StudioError `notFound` when the file is gone or cannot be read */
export async function readPictureFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new StudioError('notFound', 'The picture is in the library, but its file cannot be read.', { cause })
  }
}
