import type { EditingCalls } from '#app/contract/editing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { StoredLibrary } from '#main/library/library.ts'

import type { StudioParts } from '../parts.ts'
import { picturePayload } from '../payloads.ts'
import { settle } from '../settle.ts'
import { parseInput } from '../validation.ts'

/** A family larger than this is shown in part. */
const maxPictures = 1000

type Member = Awaited<ReturnType<EditingCalls['getLineage']>>[number]

/** The picture's ancestors, oldest first, the picture, and everything that was drawn from it, generation by generation. */
export function getLineage({ library }: StudioParts): EditingCalls['getLineage'] {
  return (payload) =>
    settle(() => {
      const { pictureId } = parseInput(picturePayload, payload)
      const members = ancestorsOf(library, pictureId)
      const known = new Set(members.map((member) => member.pictureId))
      for (let parents: readonly PictureId[] = [pictureId]; parents.length > 0 && members.length < maxPictures;) {
        const children = parents.flatMap((parentId) =>
          library.listChildren(parentId).map((child) => ({ pictureId: child, parentId })),
        )
        const fresh = children.filter((child) => !known.has(child.pictureId)).slice(0, maxPictures - members.length)
        for (const child of fresh) known.add(child.pictureId)
        members.push(...fresh)
        parents = fresh.map((child) => child.pictureId)
      }
      return members
    })
}

/** Up to the first picture that was drawn from words alone, or whose source is gone. */
function ancestorsOf(library: StoredLibrary, pictureId: PictureId): Member[] {
  const line: Member[] = []
  for (let id: PictureId | null = pictureId; id !== null && line.length < maxPictures;) {
    const parentId = parentOf(library, id)
    line.unshift({ pictureId: id, parentId })
    id = parentId
  }
  return line
}

function parentOf(library: StoredLibrary, id: PictureId): PictureId | null {
  const source = library.getPicture(id).generation.imagePrompt?.pictureId
  return source !== undefined && isThere(library, source) ? source : null
}

function isThere(library: StoredLibrary, id: PictureId): boolean {
  try {
    library.getPicture(id)
    return true
  } catch (error) {
    if (error instanceof StudioError && error.code === 'notFound') return false
    throw error
  }
}
