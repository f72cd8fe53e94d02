import { basename } from 'node:path'
import type { Session } from 'electron'

import { pageOrigin, pageScheme, resourceScheme } from './addresses.ts'

/** Copying text is all a page may do that needs leave. */
const allowedPermission = 'clipboard-sanitized-write'
const ownSchemes = new Set([`${pageScheme}:`, `${resourceScheme}:`, 'blob:'])

/** Denies what Electron would grant by default, and cuts the session off from every network. */
export function hardenSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl, isMainFrame }) => {
    answer(String(permission) === allowedPermission && isMainFrame && isOwnPage(requestingUrl))
  })
  session.setPermissionCheckHandler((_contents, permission, origin, { isMainFrame }) => {
    return String(permission) === allowedPermission && isMainFrame && isOwnPage(origin)
  })
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null))
  session.on('will-download', (event, item) => {
    // What the page made or shows may be saved, with the system's own dialog; its name is only a suggestion.
    if (isOwnRequest(item.getURL())) item.setSaveDialogOptions({ defaultPath: basename(item.getFilename()) })
    else event.preventDefault()
  })
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isOwnRequest(details.url) }))
  // Its dictionaries would be fetched from the network.
  session.setSpellCheckerEnabled(false)
}

export function isOwnRequest(url: string): boolean {
  return URL.canParse(url) && ownSchemes.has(new URL(url).protocol)
}

export function isOwnPage(url: string): boolean {
  return url === pageOrigin || url.startsWith(`${pageOrigin}/`)
}
