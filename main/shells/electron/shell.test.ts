import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import { FakeStudio } from '../testing/fake-studio.ts'
import { exposeBridge } from './bridge.ts'
import { startElectronShell } from './shell.ts'
import { FakeElectron } from './testing/fake-electron.ts'
import { pageEvent } from './testing/fake-frame.ts'
import { quietOptions, startFakeShell } from './testing/start-fake-shell.ts'

const code = { startElectronShell, exposeBridge }
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'easel-electron-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a call goes to the studio, and its failure comes back as a value without its stack', async () => {
  const { electron, studio, contents } = await startFakeShell(code, folder)
  studio.results.set('listQueue', [1])
  studio.results.set('getPicture', new StudioError('notFound', 'There is no such picture.'))
  const invoke = (...args: unknown[]): unknown => electron.invoke('easel:call', pageEvent(contents), ...args)
  expect(await invoke('listQueue', { a: 1 })).toEqual({ result: [1] })
  expect(await invoke('getPicture', {})).toEqual({
    error: { code: 'notFound', name: 'StudioError', message: 'There is no such picture.' },
  })
  expect(studio.calls).toEqual([
    { name: 'listQueue', payload: { a: 1 } },
    { name: 'getPicture', payload: {} },
  ])
})

test('an event reaches every window that is still there', async () => {
  const { electron, studio, contents } = await startFakeShell(code, folder)
  studio.emit({ type: 'packsChanged' })
  expect(contents.sent).toEqual([{ channel: 'easel:event', args: [{ type: 'packsChanged' }] }])
  const [window] = electron.windows
  if (window !== undefined) window.isGone = true
  studio.emit({ type: 'packsChanged' })
  expect(contents.sent).toHaveLength(1)
})

test('a second instance leaves, and the first one shows its window', async () => {
  const second = new FakeElectron(folder)
  second.app.isFirstInstance = false
  await startElectronShell(second.module, {
    openStudio: () => Promise.reject(new Error('opened')),
    readPage: () => new Map(),
    preloadFile: '',
    ...quietOptions,
  })
  expect([second.app.done.at(-1), second.windows.length]).toEqual(['quit', 0])

  const { electron } = await startFakeShell(code, folder)
  electron.app.emit('second-instance', {}, ['easel'])
  expect(electron.windows.map(({ done }) => done)).toEqual([['restore', 'show', 'focus']])
})

test('the window is shown when painted, and its place is kept for the next time', async () => {
  const first = await startFakeShell(code, folder)
  const [window] = first.electron.windows
  expect(window?.done).toEqual([])
  window?.emit('ready-to-show')
  window?.emit('close')
  expect(window?.done).toEqual(['show'])
  expect(JSON.parse(readFileSync(join(folder, 'window.json'), 'utf8'))).toEqual({
    bounds: { x: 10, y: 20, width: 900, height: 700 },
    isMaximized: false,
  })

  const second = await startFakeShell(code, folder)
  expect(second.electron.windows[0]?.options).toMatchObject({ x: 10, y: 20, width: 900, height: 700 })
})

test('a page that crashes is loaded again, and explained when it crashes at once again', async () => {
  const { contents, session } = await startFakeShell(code, folder)
  contents.emit('render-process-gone', {}, { reason: 'clean-exit' })
  expect(contents.reloads).toBe(0)
  contents.emit('render-process-gone', {}, { reason: 'oom' })
  expect(contents.reloads).toBe(1)
  contents.emit('render-process-gone', {}, { reason: '<b>crashed</b>' })
  expect([contents.reloads, contents.loaded.at(-1)]).toEqual([1, 'app://easel/crash.html'])
  const text = await (await session.respond('app://easel/crash.html'))?.text()
  expect(text).toContain('“&#60;b&#62;crashed&#60;/b&#62;”')
  expect(text).toContain('a line of the log')
  expect(text).toContain('href="app://easel/index.html"')
  expect(text).not.toMatch(/<script|<b>|style=/)
})

test('links and pack files open what they say: at the start, from a second instance, from macOS', async () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  const electron = new FakeElectron(folder)
  const studio = new FakeStudio()
  electron.pressedButton = 1
  await startElectronShell(electron.module, {
    openStudio: () => Promise.resolve(studio),
    readPage: () => new Map(),
    preloadFile: '',
    ...quietOptions,
    words: ['--flag', `easel://picture/${id}`],
  })
  const loaded = electron.windows[0]?.webContents.loaded
  electron.app.emit('second-instance', {}, ['easel', 'easel://create?prompt=a%20cat'])
  electron.app.emit('open-url', { preventDefault: () => undefined }, 'easel://library')
  electron.app.emit('open-url', { preventDefault: () => undefined }, 'easel://quit')
  expect([electron.app.protocols, loaded]).toEqual([
    ['easel'],
    [
      'app://easel/index.html',
      `app://easel/index.html#/picture/${id}`,
      'app://easel/index.html#/create?prompt=a%20cat',
      'app://easel/index.html#/library',
    ],
  ])
  electron.app.emit('open-file', { preventDefault: () => undefined }, '/home/a/Tiny.easelpack')
  electron.app.emit('second-instance', {}, ['easel', '/home/a/broken.easelpack'])
  await vi.waitFor(() => expect(electron.errorBoxes).toEqual(['The pack file holds nothing.']))
  expect(studio.installedFiles).toEqual(['/home/a/Tiny.easelpack'])
  expect(electron.windows[0]?.webContents.sent.map(({ args }) => args)).toEqual([[{ type: 'packsChanged' }]])
})

test('a pack file is not installed without a yes', async () => {
  const { electron, studio } = await startFakeShell(code, folder)
  electron.app.emit('open-file', { preventDefault: () => undefined }, '/home/a/Tiny.easelpack')
  await Promise.resolve()
  expect([electron.messages, studio.installedFiles]).toEqual([['Install this pack?'], []])
})

test('pictures go out by their ids: dragged, shown, saved', async () => {
  const { electron, studio, contents } = await startFakeShell(code, folder)
  const pictureId = '01890a5d-ac96-774b-bcce-b302099a8057'
  studio.pictureFolder = folder
  writeFileSync(join(folder, `${pictureId}.png`), 'a picture')
  const call = (name: string, payload: unknown): unknown =>
    electron.invoke('easel:call', pageEvent(contents), name, payload)
  for (const name of ['dragPictureOut', 'showPictureFile'])
    expect(await call(name, { pictureId })).toEqual({ result: null })
  const file = join(folder, `${pictureId}.png`)
  expect([contents.dragged, electron.shownFiles]).toEqual([[{ file, icon: { file, width: 96 } }], [file]])
  const save = (): unknown => call('savePictures', { pictureIds: [pictureId] })
  expect(await save()).toEqual({ result: { saved: 0 } })
  electron.chosenPaths = [join(folder, 'target')]
  mkdirSync(join(folder, 'target'))
  expect([await save(), await save()]).toEqual([{ result: { saved: 1 } }, { result: { saved: 0 } }])
  expect(readFileSync(join(folder, 'target', `easel-${pictureId}.png`), 'utf8')).toBe('a picture')
  for (const payload of [{}, { pictureId: '../../etc/passwd' }, { pictureId, file: '/etc/passwd' }])
    expect(await call('dragPictureOut', payload)).toMatchObject({ error: { code: 'invalidRequest' } })
})

test('what the page made may be saved, by the system’s own dialog', async () => {
  const { session } = await startFakeShell(code, folder)
  const suggested: unknown[] = []
  const item = {
    getURL: () => 'blob:app://easel/01890a5d',
    getFilename: () => '../../.bashrc',
    setSaveDialogOptions: (options: unknown) => suggested.push(options),
  }
  let isPrevented = false
  session.emit('will-download', { preventDefault: () => (isPrevented = true) }, item)
  expect([isPrevented, suggested]).toEqual([false, [{ defaultPath: '.bashrc' }]])
})

test('the studio is closed before the program ends', async () => {
  const { electron, studio } = await startFakeShell(code, folder)
  let isPrevented = false
  electron.app.emit('before-quit', { preventDefault: () => (isPrevented = true) })
  await Promise.resolve()
  await Promise.resolve()
  expect([isPrevented, studio.isClosed, electron.app.done.at(-1)]).toEqual([true, true, 'quit'])
})

test('a studio that does not open is told in words', async () => {
  const electron = new FakeElectron(folder)
  const openStudio = (): Promise<never> =>
    Promise.reject(new StudioError('libraryLocked', 'Another Easel has this library open.'))
  await startElectronShell(electron.module, { openStudio, readPage: () => new Map(), preloadFile: '', ...quietOptions })
  expect([electron.errorBoxes, electron.app.done.at(-1), electron.windows.length]).toEqual([
    ['Another Easel has this library open.'],
    'exit 1',
    0,
  ])
})

test('tools for developers are in the menu of a development build only', async () => {
  const packaged = await startFakeShell(code, folder)
  expect(JSON.stringify(packaged.electron.menu)).not.toContain('toggleDevTools')
  expect(packaged.electron.windows[0]?.options.webPreferences?.devTools).toBe(false)

  const electron = new FakeElectron(folder)
  electron.app.isPackaged = false
  await startElectronShell(electron.module, {
    openStudio: () => Promise.resolve(packaged.studio),
    readPage: () => new Map(),
    preloadFile: '',
    ...quietOptions,
  })
  expect(JSON.stringify(electron.menu)).toContain('toggleDevTools')
})
