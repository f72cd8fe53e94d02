import { EventEmitter } from 'node:events'

type AnyHandler = (...args: never[]) => unknown
type Respond = (request: { readonly method: string; readonly url: string }) => Response | Promise<Response>

/** A fake session. What nobody set stays as open as Electron leaves it. */
export class FakeSession extends EventEmitter {
  readonly handlers = new Map<string, AnyHandler>()
  readonly schemes = new Map<string, Respond>()
  isSpellCheckerOn = true

  readonly protocol = { handle: (scheme: string, respond: Respond) => void this.schemes.set(scheme, respond) }
  readonly webRequest = { onBeforeRequest: (handler: AnyHandler) => void this.handlers.set('beforeRequest', handler) }

  setPermissionRequestHandler(handler: AnyHandler): void {
    this.handlers.set('permissionRequest', handler)
  }

  setPermissionCheckHandler(handler: AnyHandler): void {
    this.handlers.set('permissionCheck', handler)
  }

  setDevicePermissionHandler(handler: AnyHandler): void {
    this.handlers.set('devicePermission', handler)
  }

  setDisplayMediaRequestHandler(handler: AnyHandler): void {
    this.handlers.set('displayMedia', handler)
  }

  setSpellCheckerEnabled(isOn: boolean): void {
    this.isSpellCheckerOn = isOn
  }

  isPermissionGranted(permission: string, requestingUrl: string, isMainFrame = true): boolean {
    let isGranted = true
    const answer = (granted: boolean): boolean => (isGranted = granted)
    this.#call('permissionRequest', null, permission, answer, { requestingUrl, isMainFrame })
    return isGranted
  }

  isPermissionHeld(permission: string, origin: string, isMainFrame = true): boolean {
    return (this.#call('permissionCheck', null, permission, origin, { isMainFrame }) ?? true) !== false
  }

  isDeviceGranted(): boolean {
    return (this.#call('devicePermission', { deviceType: 'hid' }) ?? true) !== false
  }

  /** What a page that asks for the screen is given; null = nothing, which Electron takes for a no. */
  screenGiven(): unknown {
    let given: unknown
    this.#call('displayMedia', { videoRequested: true }, (streams: unknown) => (given = streams))
    return given
  }

  isRequestLetThrough(url: string): boolean {
    let isCancelled = false
    this.#call('beforeRequest', { url }, (answer: { cancel?: boolean }) => (isCancelled = answer.cancel === true))
    return !isCancelled
  }

  async respond(url: string, method = 'GET'): Promise<Response | undefined> {
    return this.schemes.get(url.slice(0, url.indexOf(':')))?.({ method, url })
  }

  #call(name: string, ...args: unknown[]): unknown {
    return (this.handlers.get(name) as ((...args: unknown[]) => unknown) | undefined)?.(...args)
  }
}
