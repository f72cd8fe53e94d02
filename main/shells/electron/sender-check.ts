import type { IpcMainInvokeEvent } from 'electron'

import { pageOrigin } from './addresses.ts'

/**
 * Whether a message comes from the studio's own page, in the top frame of one of its windows (checklist, point 17).
 * @param isOwnWindow by id of the `webContents`
 */
export function isFromPage(event: IpcMainInvokeEvent, isOwnWindow: (id: number) => boolean): boolean {
  try {
    const { sender, senderFrame: frame } = event
    if (!isOwnWindow(sender.id) || sender.isDestroyed()) return false
    // Null or detached: the frame navigated away or was closed while the message was under way.
    if (frame === null || frame.detached || frame.isDestroyed()) return false
    return frame.parent === null && frame.origin === pageOrigin
  } catch {
    // A frame may go away between two look-ups.
    return false
  }
}
