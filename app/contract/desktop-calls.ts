import type { PictureId } from '../domain/ids.ts'

/** What only a desktop shell can do with pictures; a page in a browser has no such calls. Copying needs none: the web's clipboard does it. */
export interface DesktopCalls {
  /** Begins to drag the PNG of a picture out of the window, into a folder or another program. Call it from `dragstart`. */
  dragPictureOut(payload: { pictureId: PictureId }): Promise<void>
  /** Opens the file manager where the PNG is. */
  showPictureFile(payload: { pictureId: PictureId }): Promise<void>
  /** Asks for a folder and copies PNGs there; never writes over a file. @returns how many, 0 when the dialog was closed */
  savePictures(payload: { pictureIds: readonly PictureId[] }): Promise<{ readonly saved: number }>
}

export const desktopCallNames = [
  'dragPictureOut',
  'showPictureFile',
  'savePictures',
] as const satisfies readonly (keyof DesktopCalls)[]
export type DesktopCallName = (typeof desktopCallNames)[number]
