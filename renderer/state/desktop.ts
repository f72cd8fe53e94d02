import { unwrapAnswer } from '#app/contract/call-answer.ts'
import type { DesktopCalls } from '#app/contract/desktop-calls.ts'
import type { PictureId } from '#app/domain/ids.ts'

/** What a window can do and a page in a browser cannot; null in a browser. */
export function desktopOf({ easel }: Pick<Window, 'easel'>): Pick<DesktopCalls, 'dragPictureOut'> | null {
  if (easel === undefined) return null
  return { dragPictureOut: async (payload) => void unwrapAnswer(await easel.invoke('dragPictureOut', payload)) }
}

/** The picture that an image on the page shows; null for previews and everything else. */
export function pictureIdOf(target: EventTarget | null): PictureId | null {
  if (!(target instanceof HTMLImageElement)) return null
  return (/\/picture\/([0-9a-f-]{36})$/.exec(target.src)?.[1] as PictureId | undefined) ?? null
}
