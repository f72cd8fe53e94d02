import type { PictureSummary } from '#app/domain/picture.ts'
import type { Studio } from '#renderer/state/studio.svelte.ts'

/**
 * Keys that act on the chosen pictures, or on the one in focus when none is chosen: 0–5 stars, x and Delete, s to
 * choose, Ctrl or ⌘ a to choose all, e to edit, Escape to choose none.
 * @returns false for any other key
 */
export function actOnPictures(studio: Studio, event: KeyboardEvent, picture: PictureSummary): boolean {
  if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
    void studio.chooseAll()
    return true
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  const ids = studio.selection.size > 0 ? studio.selection.ids : [picture.id]
  if (/^[0-5]$/.test(event.key)) void studio.marks.rate(ids, Number(event.key))
  else if (event.key === 'Delete' || event.key === 'x') void studio.remove(ids)
  else if (event.key === 's') studio.selection.toggle(picture)
  else if (event.key === 'e') void studio.editor.open(picture, null)
  else if (event.key === 'Escape' && studio.selection.size > 0) studio.selection.clear()
  else return false
  return true
}
