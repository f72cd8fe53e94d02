/** One deliberate mistake in a copy of the shell. */
export interface Mistake {
  /** Relative to `main/shells`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface Mutant extends Mistake {
  /** Of the checklist: must notice it. */
  readonly point: number
}

function option(point: number, name: string, from: boolean): Mutant {
  return { point, file: 'electron/window.ts', from: `${name}: ${from}`, to: `${name}: ${!from}` }
}

const session = 'electron/session.ts'
const contents = 'electron/contents.ts'
const sender = 'electron/sender-check.ts'
const protocols = 'electron/protocols.ts'
const policy = 'serving/content-security-policy.ts'
const links = 'electron/external-links.ts'

export const mutants: readonly Mutant[] = [
  {
    point: 1,
    file: 'electron/addresses.ts',
    from: 'export const pageUrl = `${pageOrigin}/',
    to: 'export const pageUrl = `https://easel.example/',
  },
  { point: 1, file: session, from: 'cancel: !isOwnRequest(details.url)', to: 'cancel: false' },
  { point: 1, file: session, from: "'blob:'", to: "'https:'" },
  { point: 1, file: session, from: 'setSpellCheckerEnabled(false)', to: 'setSpellCheckerEnabled(true)' },
  {
    point: 1,
    file: session,
    from: 'if (isOwnRequest(item.getURL())) item',
    to: 'if (item.getURL()) item',
  },
  { point: 1, file: 'electron/switches.ts', from: 'MAP * ~NOTFOUND', to: 'MAP * 127.0.0.1' },
  option(2, 'nodeIntegration', false),
  option(2, 'nodeIntegrationInWorker', false),
  option(2, 'nodeIntegrationInSubFrames', false),
  option(3, 'contextIsolation', true),
  option(4, 'sandbox', true),
  { point: 4, file: 'electron/switches.ts', from: 'app.enableSandbox()', to: '' },
  { point: 5, file: session, from: 'answer(String(permission) ===', to: 'answer(String(permission) !==' },
  { point: 5, file: session, from: 'isMainFrame && isOwnPage(requestingUrl)', to: 'isMainFrame' },
  { point: 5, file: session, from: 'isMainFrame && isOwnPage(origin)', to: 'isOwnPage(origin)' },
  { point: 5, file: session, from: 'session.setPermissionCheckHandler', to: 'void' },
  {
    point: 5,
    file: session,
    from: 'setDevicePermissionHandler(() => false)',
    to: 'setDevicePermissionHandler(() => true)',
  },
  { point: 5, file: session, from: 'session.setDisplayMediaRequestHandler', to: 'void' },
  { point: 5, file: session, from: 'answer(null)', to: 'answer({})' },
  { point: 5, file: session, from: 'url.startsWith(`${pageOrigin}/`)', to: 'url.startsWith(pageOrigin)' },
  option(6, 'webSecurity', true),
  {
    point: 7,
    file: protocols,
    from: "'Content-Security-Policy': contentSecurityPolicy(",
    to: "'X-Nothing': contentSecurityPolicy(",
  },
  { point: 7, file: policy, from: `'script-src': ["'self'"]`, to: `'script-src': ["'self'", "'unsafe-inline'"]` },
  { point: 7, file: policy, from: `'default-src': ["'none'"]`, to: `'default-src': ['*']` },
  { point: 7, file: policy, from: "'require-trusted-types-for'", to: "'x-trusted-types-for'" },
  { point: 7, file: policy, from: `'frame-ancestors': ["'none'"]`, to: `'frame-ancestors': ["'self'"]` },
  { point: 7, file: 'serving/response-headers.ts', from: "'nosniff'", to: "'sniff'" },
  option(8, 'allowRunningInsecureContent', false),
  option(9, 'experimentalFeatures', false),
  { point: 9, file: 'electron/switches.ts', from: "'no-pings'", to: "'enable-experimental-web-platform-features'" },
  {
    point: 10,
    file: 'electron/window.ts',
    from: 'sandbox: true',
    to: "sandbox: true, enableBlinkFeatures: 'PreciseMemoryInfo'",
  },
  { point: 10, file: 'electron/switches.ts', from: "'no-pings'", to: "'enable-blink-features'" },
  option(11, 'webviewTag', false),
  {
    point: 12,
    file: contents,
    from: "'will-attach-webview', (event) => event.preventDefault()",
    to: "'will-attach-webview', () => undefined",
  },
  {
    point: 13,
    file: contents,
    from: 'if (details.url !== pageUrl) details',
    to: 'if (details.url === pageUrl) details',
  },
  { point: 13, file: contents, from: '!details.isMainFrame || ', to: '' },
  {
    point: 13,
    file: contents,
    from: "'will-redirect', (details) => details.preventDefault()",
    to: "'will-redirect', () => undefined",
  },
  {
    point: 13,
    file: 'electron/links.ts',
    from: '!/^[a-z][a-z\\d+.-]+:/i.test(word)',
    to: 'URL.canParse(word)',
  },
  { point: 7, file: protocols, from: `const policy = "default-src 'none';`, to: `const policy = "default-src *;` },
  { point: 14, file: contents, from: "action: 'deny'", to: "action: 'allow'" },
  { point: 15, file: links, from: "protocol === 'https:' && ", to: '' },
  { point: 15, file: links, from: 'allowedSites.has(hostname)', to: "hostname.endsWith('github.com')" },
  { point: 15, file: links, from: " && port === ''", to: '' },
  { point: 15, file: links, from: " && username === '' && password === ''", to: '' },
  { point: 15, file: links, from: "url.includes('\\\\')", to: 'false' },
  { point: 15, file: links, from: 'url.length > maxUrlLength', to: 'false' },
  { point: 17, file: 'electron/calls.ts', from: '!isFromPage(event, isOwnWindow)', to: 'event === undefined' },
  { point: 17, file: sender, from: 'frame.parent === null && ', to: '' },
  { point: 17, file: sender, from: ' && frame.origin === pageOrigin', to: '' },
  { point: 17, file: sender, from: 'frame.origin === pageOrigin', to: 'frame.origin.startsWith(pageOrigin)' },
  { point: 17, file: sender, from: ' || frame.detached', to: '' },
  { point: 17, file: sender, from: ' || frame.isDestroyed()', to: '' },
  { point: 17, file: sender, from: '!isOwnWindow(sender.id) || ', to: '' },
  { point: 17, file: sender, from: ' || sender.isDestroyed()', to: '' },
  { point: 7, file: protocols, from: "{ ...headers, 'Content-Security-Policy': policy }", to: 'headers' },
  { point: 7, file: protocols, from: "'Content-Security-Policy': bytesPolicy,\n", to: '' },
  { point: 7, file: protocols, from: 'safePictureType(type)', to: 'type' },
  { point: 7, file: protocols, from: '...commonHeaders, ...headers', to: '...headers' },
  { point: 18, file: protocols, from: "method !== 'GET' || ", to: '' },
  { point: 18, file: protocols, from: 'url.length > maxUrlLength || ', to: '' },
  { point: 18, file: protocols, from: 'bypassCSP: false', to: 'bypassCSP: true' },
  { point: 18, file: protocols, from: 'corsEnabled: false', to: 'corsEnabled: true' },
  { point: 18, file: protocols, from: 'secure: true', to: 'secure: false' },
  { point: 18, file: protocols, from: 'allowServiceWorkers: false', to: 'allowServiceWorkers: true' },
  { point: 18, file: protocols, from: 'session.protocol.handle(resourceScheme', to: "session.protocol.handle('file'" },
  {
    point: 20,
    file: 'electron/bridge.ts',
    from: 'listener(event)',
    to: '(listener as (...args: unknown[]) => void)(_event, event)',
  },
  {
    point: 20,
    file: 'electron/bridge.ts',
    from: "exposeInMainWorld('easel', bridge)",
    to: "exposeInMainWorld('easel', { ...bridge, ipcRenderer })",
  },
  { point: 20, file: 'electron/bridge.ts', from: 'ipcRenderer.off(eventChannel, forward)', to: 'undefined' },
]
