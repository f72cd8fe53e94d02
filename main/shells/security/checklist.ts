import { desktopCallNames } from '#app/contract/desktop-calls.ts'
import { callNames } from '#app/contract/studio-api.ts'
import { foreignEvents, pageEvent } from '../electron/testing/fake-frame.ts'
import type { FakeShell } from '../electron/testing/start-fake-shell.ts'
import { checkPictureAnswer, checkRefusals } from './check-answers.ts'
import { checkBridge } from './check-bridge.ts'
import { checkElectronAge } from './check-electron-age.ts'
import { friendlyLinks, hostileLinks, outsideUrls, permissions } from './outside-urls.ts'
import { fuseProblems } from './fuse-problems.ts'
import { wantedFuses } from './fuses.ts'

/** One of the twenty points of https://www.electronjs.org/docs/latest/tutorial/security, as a test of the wired shell. */
export interface ChecklistPoint {
  readonly point: number
  readonly title: string
  /** What is wrong; empty = the point holds. */
  readonly check: (shell: FakeShell) => readonly string[] | Promise<readonly string[]>
}

const pageUrl = 'app://easel/index.html'
const callChannel = 'easel:call'

export const checklist: readonly ChecklistPoint[] = [
  { point: 1, title: 'only own content is loaded', check: checkContent },
  {
    point: 2,
    title: 'no Node in pages',
    check: (shell) =>
      ['nodeIntegration', 'nodeIntegrationInWorker', 'nodeIntegrationInSubFrames'].flatMap((name) =>
        expectOption(shell, name, false),
      ),
  },
  { point: 3, title: 'contexts are isolated', check: (shell) => expectOption(shell, 'contextIsolation', true) },
  { point: 4, title: 'renderers are sandboxed', check: checkSandbox },
  { point: 5, title: 'permissions are denied', check: checkPermissions },
  { point: 6, title: 'web security is on', check: (shell) => expectOption(shell, 'webSecurity', true) },
  { point: 7, title: 'a Content-Security-Policy is sent', check: checkPolicy },
  {
    point: 8,
    title: 'no insecure content',
    check: (shell) => expectOption(shell, 'allowRunningInsecureContent', false),
  },
  {
    point: 9,
    title: 'no experimental features',
    check: (shell) => [
      ...expectOption(shell, 'experimentalFeatures', false),
      ...expectNoSwitch(shell, 'enable-experimental-web-platform-features'),
    ],
  },
  {
    point: 10,
    title: 'no Blink features',
    check: (shell) => [
      ...expectOption(shell, 'enableBlinkFeatures', undefined),
      ...expectNoSwitch(shell, 'enable-blink-features'),
    ],
  },
  { point: 11, title: 'no webviews', check: (shell) => expectOption(shell, 'webviewTag', false) },
  {
    point: 12,
    title: 'no webview is attached',
    check: ({ contents }) => problemUnless(contents.isPrevented('will-attach-webview'), 'a webview may be attached'),
  },
  { point: 13, title: 'pages stay where they are', check: checkNavigation },
  { point: 14, title: 'pages open no windows', check: checkWindows },
  { point: 15, title: 'only links of the list are opened', check: checkLinks },
  { point: 16, title: 'Electron is current', check: () => checkElectronAge() },
  { point: 17, title: 'senders are checked', check: checkSenders },
  { point: 18, title: 'own protocols instead of files', check: checkProtocols },
  { point: 19, title: 'fuses are set', check: () => fuseProblems() },
  { point: 20, title: 'pages get no Electron', check: ({ code }) => checkBridge(code.exposeBridge) },
]

export interface ChecklistResult {
  readonly point: number
  readonly title: string
  readonly problems: readonly string[]
}

/** Tries every point; a check that throws counts as a problem. */
export async function runChecklist(shell: FakeShell): Promise<readonly ChecklistResult[]> {
  const results: ChecklistResult[] = []
  for (const { point, title, check } of checklist) {
    try {
      results.push({ point, title, problems: await check(shell) })
    } catch (error) {
      results.push({ point, title, problems: [`the check failed: ${String(error)}`] })
    }
  }
  return results
}

function problemUnless(isGood: boolean, problem: string): readonly string[] {
  return isGood ? [] : [problem]
}

function expectOption({ electron }: FakeShell, name: string, wanted: unknown): readonly string[] {
  return electron.windows.flatMap(({ options }) => {
    const actual = (options.webPreferences as Readonly<Record<string, unknown>> | undefined)?.[name]
    return problemUnless(actual === wanted, `${name} is ${String(actual)}, not ${String(wanted)}`)
  })
}

function expectNoSwitch({ electron }: FakeShell, name: string): readonly string[] {
  return problemUnless(!electron.app.switches.has(name), `the switch --${name} is set`)
}

function checkContent({ contents, electron, session }: FakeShell): readonly string[] {
  const isOwn = (url: string): boolean => url.startsWith('app://') || url.startsWith('studio://')
  return [
    ...problemUnless(contents.loaded.length === 1 && contents.loaded[0] === pageUrl, `loads ${contents.loaded.join()}`),
    ...outsideUrls.flatMap((url) =>
      problemUnless(isOwn(url) || !session.isRequestLetThrough(url), `may request ${url}`),
    ),
    ...problemUnless(session.isRequestLetThrough(pageUrl), 'may not load its own page'),
    ...problemUnless(electron.app.switches.get('host-resolver-rules') === 'MAP * ~NOTFOUND', 'names are looked up'),
    ...problemUnless(!session.isSpellCheckerOn, 'the spell checker may fetch dictionaries'),
    ...problemUnless(isDownloadPrevented(session), 'a page may download'),
  ]
}

function isDownloadPrevented(session: FakeShell['session']): boolean {
  return outsideUrls.every((url) => {
    let isPrevented = false
    const item = { getURL: () => url, getFilename: () => 'x', setSaveDialogOptions: () => undefined }
    session.emit('will-download', { preventDefault: () => (isPrevented = true) }, item)
    return isPrevented || url.startsWith('app://') || url.startsWith('studio://')
  })
}

function checkSandbox(shell: FakeShell): readonly string[] {
  const { done } = shell.electron.app
  const isEarly = done.includes('enableSandbox') && done.indexOf('enableSandbox') < done.indexOf('ready')
  return [
    ...expectOption(shell, 'sandbox', true),
    ...problemUnless(isEarly, 'enableSandbox is not called before ready'),
  ]
}

function checkPermissions({ session }: FakeShell): readonly string[] {
  const origins = ['app://easel', 'https://example.com', 'app://easel.evil', 'null', '']
  const granted = origins.flatMap((origin) =>
    permissions.flatMap((permission) =>
      [true, false].flatMap((isMainFrame) => {
        const isWanted = permission === 'clipboard-sanitized-write' && origin === 'app://easel' && isMainFrame
        const where = `${permission} of ${origin || 'nobody'}${isMainFrame ? '' : ' in a frame'}`
        return [
          ...problemUnless(
            session.isPermissionGranted(permission, origin, isMainFrame) === isWanted,
            `request: ${where}`,
          ),
          ...problemUnless(session.isPermissionHeld(permission, origin, isMainFrame) === isWanted, `check: ${where}`),
        ]
      }),
    ),
  )
  return [
    ...granted,
    ...problemUnless(!session.isDeviceGranted(), 'devices are granted'),
    ...problemUnless(session.screenGiven() === null, 'the screen is not refused'),
  ]
}

async function checkPolicy(shell: FakeShell): Promise<readonly string[]> {
  const { session } = shell
  const response = await session.respond(pageUrl)
  const crashPolicy = (await session.respond('app://easel/crash.html'))?.headers.get('content-security-policy') ?? ''
  const policy = new Map(
    (response?.headers.get('content-security-policy') ?? '').split(';').map((part) => {
      const [name = '', ...values] = part.trim().split(' ')
      return [name, values.join(' ')] as const
    }),
  )
  const wanted = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'connect-src': "'self'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': 'svelte-trusted-html',
  }
  return [
    ...Object.entries(wanted).flatMap(([name, value]) =>
      problemUnless(policy.get(name) === value, `${name} is ${policy.get(name) ?? 'missing'}`),
    ),
    ...problemUnless(response?.headers.get('x-content-type-options') === 'nosniff', 'types may be sniffed'),
    ...problemUnless(crashPolicy.startsWith("default-src 'none'"), `the crash page has the policy ${crashPolicy}`),
    ...(await checkPictureAnswer(shell)),
  ]
}

function checkNavigation({ contents, electron }: FakeShell): readonly string[] {
  for (const url of [
    ...hostileLinks,
    ...outsideUrls,
    'easel://../x',
    'easel://picture/../../etc/passwd',
    'easel://quit',
    'easel://evil.example/x.easelpack',
    'easel:x.easelpack',
  ]) {
    electron.app.emit('open-url', { preventDefault: () => undefined }, url)
    electron.app.emit('second-instance', {}, ['easel', url], '/home/a')
  }
  return [
    ...contents.loaded.flatMap((url) => problemUnless(url === pageUrl, `a link of the system leads to ${url}`)),
    ...electron.messages.map((message) => `a link of the system asks: ${message}`),
    ...outsideUrls.flatMap((url) => [
      ...problemUnless(contents.isPrevented('will-navigate', { url, isMainFrame: true }), `may go to ${url}`),
      ...problemUnless(contents.isPrevented('will-redirect', { url }), `may be sent to ${url}`),
      ...[true, false].flatMap((isMainFrame) =>
        problemUnless(contents.isPrevented('will-frame-navigate', { url, isMainFrame }), `a frame may go to ${url}`),
      ),
    ]),
    ...problemUnless(
      contents.isPrevented('will-frame-navigate', { url: pageUrl, isMainFrame: false }),
      'a frame may hold the page',
    ),
    ...problemUnless(!contents.isPrevented('will-navigate', { url: pageUrl }), 'the page may not be loaded again'),
  ]
}

function checkWindows({ contents }: FakeShell): readonly string[] {
  return [...hostileLinks, ...friendlyLinks, pageUrl].flatMap((url) =>
    problemUnless(contents.windowOpenHandler?.({ url }).action === 'deny', `may open a window for ${url}`),
  )
}

function checkLinks({ contents, electron }: FakeShell): readonly string[] {
  const before = electron.opened.length
  for (const url of [...hostileLinks, ...friendlyLinks]) contents.windowOpenHandler?.({ url })
  const opened = electron.opened.slice(before)
  return problemUnless(opened.join() === friendlyLinks.join(), `opens ${opened.join(' ') || 'nothing'}`)
}

async function checkSenders({ contents, electron, studio }: FakeShell): Promise<readonly string[]> {
  const problems: string[] = [...electron.invokeHandlers.keys()]
    .filter((channel) => channel !== callChannel)
    .map((channel) => `the channel ${channel} is unknown to the checklist`)
  for (const [who, event] of foreignEvents(contents)) {
    const before = studio.calls.length
    for (const name of [...callNames, ...desktopCallNames]) {
      const answer = JSON.stringify(await electron.invoke(callChannel, event, name, {}))
      if (!answer.includes('"notAllowed"')) problems.push(`${who} may call ${name}: ${answer}`)
    }
    if (studio.calls.length !== before) problems.push(`${who} reaches the studio`)
  }
  const answer = JSON.stringify(await electron.invoke(callChannel, pageEvent(contents), 'listPacks', {}))
  return [...problems, ...problemUnless(answer === '{"result":null}', `the page itself may not call: ${answer}`)]
}

async function checkProtocols(shell: FakeShell): Promise<readonly string[]> {
  const { electron, session } = shell
  const wanted = { standard: true, secure: true, bypassCSP: false, corsEnabled: false, allowServiceWorkers: false }
  const { done } = electron.app
  return [
    ...['app', 'studio'].flatMap((name) => {
      const privileges: Readonly<Record<string, unknown>> = {
        ...electron.privilegedSchemes.find(({ scheme }) => scheme === name)?.privileges,
      }
      return [
        ...problemUnless(session.schemes.has(name), `${name}:// is not handled in the session of the window`),
        ...Object.entries(wanted).flatMap(([option, value]) =>
          problemUnless(privileges[option] === value, `${name}://: ${option} is not ${value}`),
        ),
      ]
    }),
    ...problemUnless(
      done.indexOf('registerSchemes') >= 0 && done.indexOf('registerSchemes') < done.indexOf('ready'),
      'schemes are registered too late',
    ),
    ...problemUnless(!session.schemes.has('file'), 'file:// is handled'),
    ...problemUnless(!wantedFuses.GrantFileProtocolExtraPrivileges, 'file:// has extra rights'),
    ...(await checkRefusals(shell)),
  ]
}
