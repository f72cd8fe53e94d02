import { tick } from 'svelte'

import type { PictureSummary } from '#app/domain/picture.ts'

import type { Neighbours, Viewer } from './viewer.svelte.ts'

interface Grid {
  /** Whether the viewer walks through the pictures of this grid. */
  isMine(neighbours: Neighbours | null, picture: PictureSummary): boolean
  /** Brings a picture into sight and puts the focus on it; it may be gone from the list by then. */
  goTo(picture: PictureSummary): void
}

/** When the viewer closes, the grid goes to the picture that was looked at last, not to the one it was opened with. Called while a component is made. */
export function afterLooking(viewer: Viewer, grid: Grid): void {
  let seen: PictureSummary | null = null
  $effect(() => {
    const { picture, neighbours } = viewer
    const left = seen
    seen = picture !== null && grid.isMine(neighbours, picture) ? picture : null
    // The dialog gives the focus back first.
    if (picture === null && left !== null) void tick().then(() => grid.goTo(left))
  })
}
