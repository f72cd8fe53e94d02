import { join } from 'node:path'
import type { BrowserWindow, WebContents } from 'electron'
import { z } from 'zod'

import type { DesktopCallName } from '#app/contract/desktop-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import { uuidPattern, type PictureId } from '#app/domain/ids.ts'
import { copyWhole } from '../copy-whole.ts'
import type { DesktopStudio } from './desktop-studio.ts'
import type { Electron } from './electron-module.ts'

export type DesktopParts = Pick<Electron, 'dialog' | 'nativeImage' | 'shell' | 'BrowserWindow'>

const maxPictures = 1000
const dragIconPixels = 96
const pictureId = z.string().regex(uuidPattern)
const onePicture = z.strictObject({ pictureId })
const somePictures = z.strictObject({ pictureIds: z.array(pictureId).min(1).max(maxPictures) })

/** Calls of a page that need its window; ids in, files never named by the page. @throws StudioError */
export async function callDesktop(
  electron: DesktopParts,
  studio: Pick<DesktopStudio, 'pictureFile'>,
  sender: WebContents,
  name: DesktopCallName,
  payload: unknown,
): Promise<unknown> {
  if (name === 'savePictures') return savePictures(electron, studio, sender, read(somePictures, payload).pictureIds)
  const file = studio.pictureFile(read(onePicture, payload).pictureId as PictureId)
  switch (name) {
    case 'dragPictureOut':
      sender.startDrag({ file, icon: electron.nativeImage.createFromPath(file).resize({ width: dragIconPixels }) })
      return undefined
    case 'showPictureFile':
      electron.shell.showItemInFolder(file)
      return undefined
  }
}

async function savePictures(
  { dialog, BrowserWindow }: DesktopParts,
  studio: Pick<DesktopStudio, 'pictureFile'>,
  sender: WebContents,
  ids: readonly string[],
): Promise<{ readonly saved: number }> {
  const files = ids.map((id) => studio.pictureFile(id as PictureId))
  const folder = await chooseFolder(dialog, BrowserWindow.fromWebContents(sender))
  if (folder === undefined) return { saved: 0 }
  let saved = 0
  for (const [place, file] of files.entries()) {
    if (await save(file, join(folder, `easel-${ids[place]}.png`))) saved++
  }
  return { saved }
}

async function chooseFolder(dialog: Electron['dialog'], window: BrowserWindow | null): Promise<string | undefined> {
  const options = { properties: ['openDirectory', 'createDirectory'] } satisfies Electron.OpenDialogOptions
  const { filePaths } = await (window === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options))
  return filePaths[0]
}

/** @returns false when there is a file of this name already, which is the same picture. */
async function save(file: string, target: string): Promise<boolean> {
  try {
    return await copyWhole(file, target)
  } catch (cause) {
    throw new StudioError('storageFailed', `The picture could not be saved: ${String(cause)}.`, { cause })
  }
}

function read<Shape>(schema: z.ZodType<Shape>, payload: unknown): Shape {
  const { success, data } = schema.safeParse(payload)
  if (success) return data
  throw new StudioError('invalidRequest', `Allowed are ids of pictures, at most ${maxPictures}.`)
}
