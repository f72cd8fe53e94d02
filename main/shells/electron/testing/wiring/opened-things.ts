import { deepEqual } from 'node:assert/strict'
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { FakeStudio } from '../../../testing/fake-studio.ts'
import { FakeElectron } from '../fake-electron.ts'
import { startFakeShell } from '../start-fake-shell.ts'
import type { WiringPoint } from './wiring-point.ts'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'

/** An event that counts how often it was kept from happening. */
function countPrevented() {
  let count = 0
  return { event: { preventDefault: () => void count++ }, count: () => count }
}

/** What is asked and answered in dialogs takes some turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

export const openedThings: readonly WiringPoint[] = [
  {
    name: 'links open what they say: at the start, from a second instance, from macOS',
    async check(code, folder) {
      const words = ['--flag', `easel://picture/${id}`]
      const { electron, contents } = await startFakeShell(code, folder, { words })
      electron.app.emit('second-instance', {}, ['easel', 'easel://create?prompt=a%20cat'], '/home/b')
      const { event, count } = countPrevented()
      electron.app.emit('open-url', event, 'easel://library')
      electron.app.emit('open-url', event, 'easel://quit')
      deepEqual([electron.app.protocols, count()], [['easel'], 2])
      deepEqual(contents.loaded, [
        'app://easel/index.html',
        `app://easel/index.html#/picture/${id}`,
        'app://easel/index.html#/create?prompt=a%20cat',
        'app://easel/index.html#/library',
      ])

      const development = new FakeElectron(folder)
      development.app.isPackaged = false
      await startFakeShell(code, folder, {}, development)
      deepEqual(development.app.protocols, [])
    },
  },
  {
    name: 'a link that comes while the studio opens waits for it; one that comes when no window is open gets one',
    async check(code, folder) {
      const electron = new FakeElectron(folder)
      const openStudio = (): Promise<FakeStudio> => {
        electron.app.emit('second-instance', {}, ['easel', 'easel://library'], '/home/b')
        return Promise.resolve(new FakeStudio())
      }
      const { contents } = await startFakeShell(code, folder, { openStudio }, electron)
      deepEqual(contents.loaded, ['app://easel/index.html', 'app://easel/index.html#/library'])
      electron.windows[0]?.emit('closed')
      electron.app.emit('open-url', { preventDefault: () => undefined }, `easel://picture/${id}`)
      const loaded = electron.windows.map(({ webContents }) => webContents.loaded.at(-1))
      deepEqual(loaded, ['app://easel/index.html#/library', `app://easel/index.html#/picture/${id}`])
    },
  },
  {
    name: 'a pack file is installed after a yes, and every page is told; one that is none is refused in words',
    async check(code, folder) {
      const electron = new FakeElectron(folder)
      electron.pressedButton = 1
      const { studio, contents } = await startFakeShell(code, folder, { words: ['/home/a/First.easelpack'] }, electron)
      const { event, count } = countPrevented()
      electron.app.emit('open-file', event, '/home/a/Tiny.EASELPACK')
      const again = (word: string): unknown => electron.app.emit('second-instance', {}, ['easel', word], '/home/b')
      // As Linux desktops, other machines and command lines have it.
      again('file:///home/a/My%20own.easelpack')
      again('file://evil.example/home/a/theirs.easelpack')
      again('nearby.easelpack')
      for (const word of ['/home/a/broken.easelpack', '/home/a/letter.txt', '--x=/home/a/flag.easelpack']) again(word)
      await settled()
      deepEqual(count(), 1)
      const wanted = ['/home/a/First.easelpack', '/home/a/Tiny.EASELPACK', '/home/a/My own.easelpack']
      deepEqual(studio.installedFiles, [...wanted, resolve('/home/b/nearby.easelpack')])
      deepEqual(electron.errorBoxes, ['The pack file holds nothing.'])
      const told = { channel: 'easel:event', args: [{ type: 'packsChanged' }] }
      deepEqual(contents.sent, [told, told, told, told])
    },
  },
  {
    name: 'a pack file is not installed without a yes',
    async check(code, folder) {
      const { electron, studio } = await startFakeShell(code, folder)
      electron.app.emit('open-file', { preventDefault: () => undefined }, '/home/a/Tiny.easelpack')
      await settled()
      deepEqual([electron.messages, studio.installedFiles], [['Install this pack?'], []])
      const [box] = electron.messageBoxes
      deepEqual([box?.buttons, box?.defaultId, box?.cancelId], [['Cancel', 'Install'], 0, 0])
    },
  },
]
