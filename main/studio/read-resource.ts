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
  if (resource.kind === 'picture') return readPicture(parts.library.pictureFile(resource.id))
  const { generationId, candidate, version } = resource
  const bytes = await parts.previews.read(generationId, candidate, version)
  if (bytes === undefined) throw new StudioError('notFound', `There is no preview of candidate ${candidate} any more.`)
  return { bytes, type: 'image/png' }
}

async function readPicture(file: string): Promise<ResourceBytes> {
  try {
    return { bytes: await readFile(file), type: 'image/png' }
  } catch (cause) {
    throw new StudioError('notFound', 'The picture is in the library, but its file cannot be read.', { cause })
  }
}
