import type { Studio } from '#renderer/state/studio.svelte.ts'

/** Into the trash; its neighbour comes into sight first, so that one can go on judging. The last one of a list closes the viewer. */
export async function rejectPicture(studio: Studio): Promise<void> {
  const { viewer } = studio
  const rejected = viewer.picture
  if (rejected === null) return
  for (const distance of [1, -1]) if (viewer.picture === rejected) await viewer.step(distance)
  await studio.remove([rejected.id])
}

/** Stars and rejection by the keys that the tiles of a run have, too. @returns whether the key is one of them */
export function judgeByKey(studio: Studio, key: string): boolean {
  const { picture } = studio.viewer
  if (picture === null) return false
  if (/^[0-5]$/.test(key)) void studio.marks.rate([picture.id], Number(key))
  else if (key === 'x' || key === 'Delete') void rejectPicture(studio)
  else return false
  return true
}
