import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import { exposeBridge } from './bridge.ts'
import { startElectronShell } from './shell.ts'
import { FakeElectron } from './testing/fake-electron.ts'
import { pageEvent } from './testing/fake-frame.ts'
import { startFakeShell } from './testing/start-fake-shell.ts'

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
  })
  expect([second.app.done.at(-1), second.windows.length]).toEqual(['quit', 0])

  const { electron } = await startFakeShell(code, folder)
  electron.app.emit('second-instance')
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

test('a page that crashes is loaded again', async () => {
  const { contents } = await startFakeShell(code, folder)
  contents.emit('render-process-gone', {}, { reason: 'clean-exit' })
  expect(contents.reloads).toBe(0)
  contents.emit('render-process-gone', {}, { reason: 'oom' })
  expect(contents.reloads).toBe(1)
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
  await startElectronShell(electron.module, { openStudio, readPage: () => new Map(), preloadFile: '' })
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
  })
  expect(JSON.stringify(electron.menu)).toContain('toggleDevTools')
})
