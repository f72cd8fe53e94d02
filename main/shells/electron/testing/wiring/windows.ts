import { deepEqual } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { FakeElectron } from '../fake-electron.ts'
import { startFakeShell } from '../start-fake-shell.ts'
import type { WiringPoint } from './wiring-point.ts'

export const windows: readonly WiringPoint[] = [
  {
    name: 'a window is shown when painted, not before',
    async check(code, folder) {
      const { electron, contents } = await startFakeShell(code, folder)
      const [window] = electron.windows
      deepEqual([window?.options.show, window?.done], [false, []])
      window?.emit('ready-to-show')
      deepEqual([window?.done, contents.loaded], [['show'], ['app://easel/index.html']])
    },
  },
  {
    name: 'a window opens where it was the last time, as large as it was',
    async check(code, folder) {
      const first = await startFakeShell(code, folder)
      const { x, width } = first.electron.windows[0]?.options ?? {}
      deepEqual([x, width], [undefined, 1280])
      first.electron.windows[0]?.emit('close')
      const file = join(folder, 'window.json')
      const bounds = { x: 10, y: 20, width: 900, height: 700 }
      deepEqual(JSON.parse(readFileSync(file, 'utf8')), { bounds, isMaximized: false })

      writeFileSync(file, JSON.stringify({ bounds, isMaximized: true }))
      const second = await startFakeShell(code, folder)
      const [window] = second.electron.windows
      const { x: left, y: top, width: wide, height: high } = window?.options ?? {}
      deepEqual([{ x: left, y: top, width: wide, height: high }, window?.done], [bounds, ['maximize']])
    },
  },
  {
    name: 'a page that crashes is loaded again, and explained with the log when it crashes at once again',
    async check(code, folder) {
      const written: unknown[] = []
      const log = {
        write: (...line: unknown[]) => void written.push(line),
        tail: () => ['a line of the log'],
        path: '/logs/easel-electron.log',
      }
      const { contents, session } = await startFakeShell(code, folder, { log })
      contents.emit('render-process-gone', {}, { reason: 'clean-exit' })
      deepEqual([contents.reloads, written], [0, []])
      contents.emit('render-process-gone', {}, { reason: 'oom', exitCode: 5 })
      deepEqual([contents.reloads, written], [1, [['error', 'pageCrashed', { reason: 'oom', exitCode: 5 }]]])
      contents.emit('render-process-gone', {}, { reason: '<b>crashed</b>' })
      deepEqual([contents.reloads, contents.loaded.at(-1)], [1, 'app://easel/crash.html'])
      const text = (await (await session.respond('app://easel/crash.html'))?.text()) ?? ''
      const wanted = [
        '“&#60;b&#62;crashed&#60;/b&#62;”',
        'a line of the log',
        '/logs/easel-electron.log',
        'href="app://easel/index.html"',
      ]
      deepEqual(
        wanted.filter((part) => !text.includes(part)),
        [],
      )
      deepEqual(/<script|<b>|style=/.test(text), false)
    },
  },
  {
    name: 'a second instance leaves, and the first one shows its window',
    async check(code, folder) {
      const second = new FakeElectron(folder)
      second.app.isFirstInstance = false
      const started = startFakeShell(code, folder, {}, second)
      await started.catch(() => undefined)
      deepEqual(
        [second.app.done.includes('quit'), second.app.done.includes('ready'), second.windows.length],
        [true, false, 0],
      )

      const { electron } = await startFakeShell(code, folder)
      electron.app.emit('second-instance', {}, ['easel'])
      deepEqual(
        electron.windows.map(({ done }) => done),
        [['restore', 'show', 'focus']],
      )
    },
  },
  {
    name: 'where programs stay without windows, a click on the icon opens one; elsewhere the last window ends the program',
    async check(code, folder) {
      const { electron } = await startFakeShell(code, folder)
      electron.windows[0]?.emit('closed')
      electron.app.emit('activate')
      deepEqual(electron.windows.length, 2)
      electron.app.emit('window-all-closed')
      deepEqual(electron.app.done.includes('quit'), process.platform !== 'darwin')
    },
  },
  {
    name: 'the menu has the system’s own entries and a link to the paper; tools for developers in a development build only',
    async check(code, folder) {
      const packaged = await startFakeShell(code, folder)
      const roles = packaged.electron.menu.map(({ role, label }) => role ?? label)
      const wanted = ['fileMenu', 'editMenu', '&View', 'windowMenu', 'help']
      deepEqual(
        roles.filter((role) => role !== 'appMenu'),
        wanted,
      )
      const view = packaged.electron.menu.find(({ label }) => label === '&View')?.submenu as readonly object[]
      deepEqual(view, [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ])
      const help = packaged.electron.menu.find(({ role }) => role === 'help')?.submenu as readonly {
        click?: () => void
      }[]
      help[0]?.click?.()
      deepEqual(packaged.electron.opened, ['https://arxiv.org/abs/2102.12092'])
      deepEqual(packaged.electron.windows[0]?.options.webPreferences?.devTools, false)

      const electron = new FakeElectron(folder)
      electron.app.isPackaged = false
      await startFakeShell(code, folder, {}, electron)
      deepEqual(JSON.stringify(electron.menu).includes('toggleDevTools'), true)
      deepEqual(electron.windows[0]?.options.webPreferences?.devTools, true)
    },
  },
]
