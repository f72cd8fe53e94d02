import type { Mistake } from './mutants.ts'

/** A mistake in the wiring, and the beginning of the name of the wire that must be missed. */
export interface WiringMutant extends Mistake {
  readonly wire: string
}

const shell = 'electron/shell.ts'
const window = 'electron/window.ts'
const menu = 'electron/menu.ts'
const calls = 'electron/calls.ts'
const links = 'electron/links.ts'
const installPack = 'electron/install-pack.ts'
const desktop = 'electron/desktop.ts'
const opener = 'electron/open-desktop-studio.ts'
const chooser = 'electron/choose-files.ts'

type Change = readonly [file: string, from: string, to?: string]

/** Each change cuts the same wire. A change that names nothing to put there takes away. */
function cut(wire: string, ...changes: readonly Change[]): readonly WiringMutant[] {
  return changes.map(([file, from, to = '']) => ({ wire, file, from, to }))
}

export const wiringMutants: readonly WiringMutant[] = [
  ...cut(
    'a window is shown when painted',
    [window, 'show: false', 'show: true'],
    [window, "window.once('ready-to-show', () => window.show())"],
    [window, 'void window.loadURL(pageUrl)'],
  ),
  ...cut(
    'a window opens where it was',
    [window, '...(place?.bounds ?? defaultSize)', '...defaultSize'],
    [window, '...(place?.bounds ?? defaultSize)', '...place?.bounds'],
    [window, 'if (place?.isMaximized) window.maximize()'],
    [window, "window.on('close'", "window.on('never'"],
    ['electron/window-place.ts', 'renameSync(`${file}.new`, file)'],
  ),
  ...cut(
    'a page that crashes',
    [shell, "reason === 'clean-exit' || "],
    [shell, "log.write('error', 'pageCrashed', { reason, exitCode })"],
    [shell, 'onCrash(reason)'],
    [shell, "=== 'reload') window", "!== 'reload') window"],
    [shell, 'mendCrashes(window, options.log, (reason) => (lastCrash = reason))'],
    ['electron/crash-page.ts', '.replace(/[&<>"\']/g', '.replace(/[]/g'],
    ['electron/page-crashes.ts', 'const rowMs = 60_000', 'const rowMs = 0'],
    ['electron/crash-page.ts', '“${escape(reason)}”', '“${reason}”'],
    ['electron/crash-page.ts', "${log.slice(-shownLines).map(escape).join('\\n')}"],
    ['electron/crash-page.ts', '${escape(logPath)}'],
    ['electron/protocols.ts', 'if (path === crashPath) return respondCrash(crash())'],
  ),
  ...cut(
    'a second instance leaves',
    [shell, 'if (!app.requestSingleInstanceLock()) return app.quit()'],
    [shell, 'show()\n    opened', 'opened'],
    [shell, 'if (window.isMinimized()) window.restore()'],
    [shell, 'window.show()\n  window.focus()', 'window.show()'],
  ),
  ...cut(
    'where programs stay without windows',
    [shell, "app.on('activate', show)"],
    [shell, 'show = () => showFirst(windows, open)'],
    [shell, 'windows.delete(window)', 'undefined'],
    [shell, "if (process.platform !== 'darwin') app.quit()"],
  ),
  ...cut(
    'the menu has',
    [shell, 'setMenu(electron, isDevelopment)'],
    [menu, "{ role: 'editMenu' },"],
    [menu, "{ role: 'zoomIn' },"],
    [menu, "open('https://arxiv.org/abs/2102.12092')", 'undefined'],
    [menu, 'isDevelopment ? [...view, ...tools] : view', '[...view, ...tools]'],
    [menu, 'isDevelopment ? [...view, ...tools] : view', 'view'],
    [window, 'devTools: isDevelopment', 'devTools: true'],
  ),
  ...cut(
    'a call goes to the studio',
    [shell, 'handleCalls(electron, studio, (id)', 'void ((id: number)'],
    [calls, 'callStudio(studio.api, name, payload)', "callStudio(studio.api, 'listPacks', payload)"],
    [calls, 'callStudio(studio.api, name, payload)', 'callStudio(studio.api, name, {})'],
  ),
  ...cut(
    'what is no call of the studio',
    [calls, '!isCallName(name) && !isDesktopCallName(name)', 'name === undefined'],
    [calls, 'rest.length > 0 || '],
    [calls, '!isPlainPayload(payload, maxPayloadBytes(name))', 'payload === undefined'],
    ['electron/plain-payload.ts', 'prototype !== Object.prototype && prototype !== null', 'prototype === undefined'],
  ),
  ...cut(
    'an event reaches every window',
    [shell, 'studio.subscribe((event) => sendToAll(windows, event))'],
    [shell, 'if (!window.isDestroyed()) window.webContents', 'window.webContents'],
  ),
  ...cut(
    'links open what they say',
    [links, 'app.setAsDefaultProtocolClient(linkScheme)'],
    [links, 'if (app.isPackaged) '],
    [links, '(event, url) => {\n      event.preventDefault()', '(event, url) => {'],
    [links, 'this.take([url])'],
    [links, 'else this.#waiting.push(opened)'],
    [links, 'pageUrl + linkFragment(link)', 'pageUrl'],
    [shell, 'opened.things.listen(electron)'],
    [shell, 'opened.things.take(options.words)'],
    [shell, 'show()\n    opened.things.take(words, folder)', 'show()'],
    [shell, 'opened.things.ready()'],
  ),
  ...cut(
    'a pack file is installed after a yes',
    [links, 'this.take([path])'],
    [shell, 'take(words, folder)', 'take(words)'],
    [links, 'fileURLToPath(word)', 'word'],
    [links, '(event, path) => {\n      event.preventDefault()', '(event, path) => {'],
    [links, 'word.toLowerCase().endsWith', 'word.endsWith'],
    [links, "word.startsWith('-') || "],
    [shell, 'opened.setStudio(studio)'],
    [shell, "sendToAll(windows, { type: 'packsChanged' })", 'undefined'],
    [installPack, 'onInstalled()\n'],
    [installPack, "dialog.showErrorBox('The pack was not installed', message)"],
  ),
  ...cut(
    'a pack file is not installed without a yes',
    [installPack, 'if (response !== 1) return'],
    [installPack, 'defaultId: 0', 'defaultId: 1'],
    [installPack, 'cancelId: 0', 'cancelId: 1'],
  ),
  ...cut(
    'a picture is dragged out',
    [desktop, 'sender.startDrag(', 'void ('],
    [desktop, '.resize({ width: dragIconPixels })'],
    [desktop, 'electron.shell.showItemInFolder(file)'],
    [desktop, 'z.string().regex(uuidPattern)', 'z.string()'],
    [desktop, 'onePicture = z.strictObject', 'onePicture = z.object'],
  ),
  ...cut(
    'pictures are saved',
    [
      desktop,
      'copyWhole(file, target)',
      "import('node:fs/promises').then((fs) => fs.copyFile(file, target)).then(() => true)",
    ],
    [desktop, '`easel-${ids[place]}.png`', '`easel.png`'],
    [desktop, "'openDirectory', 'createDirectory'", "'openFile'"],
    [desktop, 'if (folder === undefined) return { saved: 0 }'],
  ),
  ...cut(
    'what the page made may be saved',
    ['electron/session.ts', 'basename(item.getFilename())', 'item.getFilename()'],
    ['electron/session.ts', 'if (isOwnRequest(item.getURL())) item', 'if (item === undefined) item'],
    ['electron/session.ts', "'blob:'", "'data:'"],
  ),
  ...cut(
    'the studio gets the system’s dialog',
    [opener, 'chooseImportFiles: () => chooseImportFiles(electron),'],
    [opener, "serviceName: 'Easel engine', "],
    [opener, ', env: engineEnvironment()'],
    [opener, 'env: engineEnvironment()', "env: { ORT_DISABLE_TELEMETRY: '1' }"],
    [opener, 'fork(engineFile', "fork('engine.js'"],
    [opener, 'shippedPackFolder, log, recentLog }', 'log, recentLog }'],
    [opener, 'shippedPackFolder, log, recentLog }', 'shippedPackFolder, log }'],
    [opener, '...parts.logged(studio)', '...studio'],
    [opener, 'pictureFile: (id) => studio.pictureFile(id)', "pictureFile: () => ''"],
    [opener, 'installPackFile: parts.installPackFile,'],
    [chooser, "'openFile', 'multiSelections'", "'openFile'"],
    [chooser, "'safetensors',"],
    [chooser, "{ name: 'All files', extensions: ['*'] },"],
    [chooser, 'return filePaths', 'return []'],
  ),
  ...cut(
    'the studio is closed before',
    [shell, 'event.preventDefault()\n    const tooLong', 'const tooLong'],
    [shell, 'studio\n      .close()', 'Promise.resolve()'],
    [shell, 'clearTimeout(tooLong)\n        app.quit()', 'clearTimeout(tooLong)'],
    [shell, 'closeBeforeQuit(electron, studio, options.log)\n  open()', 'open()'],
  ),
  ...cut(
    'a studio that cannot be closed',
    [shell, "log.write('error', 'notClosed', { message: error instanceof Error ? error.message : String(error) })"],
    [shell, 'clearTimeout(tooLong)\n        app.quit()', 'clearTimeout(tooLong)'],
  ),
  ...cut(
    'a link that comes while the studio opens',
    [links, 'else this.#waiting.push(opened)'],
    [shell, 'show()\n      const [window]', 'const [window]'],
  ),
  ...cut(
    'a studio that does not open',
    [shell, "dialog.showErrorBox('Easel cannot open', message)"],
    [shell, 'app.exit(1)'],
    [shell, "log.write('error', 'notOpened', { message })"],
  ),
  ...cut(
    'updates are looked for only',
    [shell, 'void checkForUpdate(electron', 'void (async (..._: unknown[]) => undefined)(electron'],
    ['electron/updates.ts', "if (feed === undefined) return 'off'", "if (feed === '') return 'off'"],
    ['electron/updates.ts', 'if (button === 1) openLink', 'openLink'],
    ['electron/updates.ts', 'z.url({ protocol: /^https$/ })', "z.literal('https://none.example')"],
  ),
]
