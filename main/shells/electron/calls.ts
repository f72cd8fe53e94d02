import type { IpcMainInvokeEvent } from 'electron'

import { answerCall, type CallAnswer } from '#app/contract/call-answer.ts'
import { StudioError } from '#app/contract/errors.ts'
import { desktopCallNames, type DesktopCallName } from '#app/contract/desktop-calls.ts'
import { callNames, type CallName } from '#app/contract/studio-api.ts'
import { callStudio } from '../serving/call-studio.ts'
import { maxPayloadBytes } from '../serving/payload-limits.ts'
import { callChannel } from './channels.ts'
import { callDesktop, type DesktopParts } from './desktop.ts'
import type { DesktopStudio } from './desktop-studio.ts'
import type { Electron } from './electron-module.ts'
import { isPlainPayload } from './plain-payload.ts'
import { isFromPage } from './sender-check.ts'

const knownCalls: ReadonlySet<unknown> = new Set(callNames)
const knownDesktopCalls: ReadonlySet<unknown> = new Set(desktopCallNames)
const allNames = [...callNames, ...desktopCallNames].join(', ')

/** The one handler of the one channel the page can call. It never rejects and never throws, whatever it is sent. */
export function handleCalls(
  electron: Pick<Electron, 'ipcMain'> & DesktopParts,
  studio: Pick<DesktopStudio, 'api' | 'pictureFile'>,
  isOwnWindow: (id: number) => boolean,
): void {
  electron.ipcMain.handle(
    callChannel,
    (event: IpcMainInvokeEvent, ...args: readonly unknown[]): Promise<CallAnswer> => {
      return answerCall(() => {
        if (!isFromPage(event, isOwnWindow)) throw new StudioError('notAllowed', 'Refused: not sent by the studio.')
        const [name, payload, ...rest] = args
        if (!isCallName(name) && !isDesktopCallName(name))
          throw new StudioError('notFound', `There is no such call. Calls: ${allNames}.`)
        if (rest.length > 0 || !isPlainPayload(payload, maxPayloadBytes(name))) {
          throw new StudioError('invalidRequest', 'A call takes one object of plain values.')
        }
        if (isDesktopCallName(name)) return callDesktop(electron, studio, event.sender, name, payload)
        return callStudio(studio.api, name, payload)
      })
    },
  )
}

function isCallName(name: unknown): name is CallName {
  return knownCalls.has(name)
}

function isDesktopCallName(name: unknown): name is DesktopCallName {
  return knownDesktopCalls.has(name)
}
