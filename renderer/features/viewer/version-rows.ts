import type { GenerationId, PictureId } from '#app/domain/ids.ts'
import type { PictureSummary, PictureVersion } from '#app/domain/picture.ts'

/** A line of the tree as it is shown: a picture, or the pictures of a run that are folded away. */
export type VersionRow =
  | {
      readonly kind: 'picture'
      readonly key: string
      /** 1 = the first picture. */
      readonly level: number
      readonly picture: PictureSummary
      readonly parentId: PictureId | null
      readonly hasChildren: boolean
      /** Whether the words are others than those of the picture it was drawn from. */
      readonly hasOwnWords: boolean
    }
  | {
      readonly kind: 'folded'
      readonly key: string
      readonly level: number
      readonly generationId: GenerationId
      readonly parentId: PictureId
      readonly count: number
    }

/**
 * The tree of versions, depth first. Of each run the best picture is shown, the one looked at, and those that were gone
 * on from; the others are folded unless the run is opened.
 * @param versions parents before children
 */
export function versionRows(
  versions: readonly PictureVersion[],
  current: PictureId,
  opened: ReadonlySet<GenerationId>,
): readonly VersionRow[] {
  const childrenOf = Map.groupBy(versions, ({ parentId }) => parentId)
  const rows: VersionRow[] = []

  function add({ picture, parentId }: PictureVersion, level: number, wordsAbove: string | null): void {
    const children = childrenOf.get(picture.id) ?? []
    rows.push({
      ...{ kind: 'picture', key: picture.id, level, picture, parentId },
      ...{ hasChildren: children.length > 0, hasOwnWords: picture.prompt !== wordsAbove },
    })
    for (const [generationId, run] of Map.groupBy(children, (child) => child.picture.generationId)) {
      const best = run.reduce((a, b) => ((b.picture.clipScore ?? -2) > (a.picture.clipScore ?? -2) ? b : a))
      const shown = run.filter(
        (version) =>
          opened.has(generationId) ||
          version === best ||
          version.pictureId === current ||
          childrenOf.has(version.pictureId),
      )
      for (const version of shown) add(version, level + 1, picture.prompt)
      const count = run.length - shown.length
      if (count > 0)
        rows.push({
          ...{ kind: 'folded', key: `${picture.id}/${generationId}`, level: level + 1, generationId },
          ...{ parentId: picture.id, count },
        })
    }
  }

  for (const first of childrenOf.get(null) ?? []) add(first, 1, null)
  return rows
}

/** Where a key leads from a row, as in every tree: up and down the rows, left to what it was drawn from, right to what was drawn from it. */
export function stepInVersions(key: string, place: number, rows: readonly VersionRow[]): number | undefined {
  const row = rows[place]
  if (row === undefined) return undefined
  const within = (target: number) => (target >= 0 && target < rows.length ? target : undefined)
  switch (key) {
    case 'ArrowDown':
      return within(place + 1)
    case 'ArrowUp':
      return within(place - 1)
    case 'ArrowLeft':
      return within(rows.findIndex((other) => other.kind === 'picture' && other.picture.id === row.parentId))
    case 'ArrowRight':
      return row.kind === 'picture' && row.hasChildren ? within(place + 1) : undefined
    case 'Home':
      return 0
    case 'End':
      return rows.length - 1
    default:
      return undefined
  }
}
