import { deepEqual } from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { OpenStudioOptions } from '#main/studio/open-studio.ts'
import { FakeStudio } from '../../../testing/fake-studio.ts'
import { FakeElectron } from '../fake-electron.ts'
import { startFakeShell } from '../start-fake-shell.ts'
import type { WiringPoint } from './wiring-point.ts'

export const starting: readonly WiringPoint[] = [
  {
    name: 'the studio gets the system’s dialog for checkpoints and an engine in a process of its own',
    async check(code, folder) {
      const electron = new FakeElectron(folder)
      const studio = new FakeStudio()
      let asked: OpenStudioOptions | undefined
      const opened = await code.openDesktopStudio(electron.module, {
        openStudio: (options) => {
          asked = options
          return Promise.resolve(studio)
        },
        logged: ({ api, ...rest }) => ({
          ...rest,
          api,
          subscribe: () => () => undefined,
          readResource: () => Promise.reject(new Error('logged')),
          close: () => Promise.resolve(),
        }),
        installPackFile: (file) => Promise.resolve({ name: file } as PackSummary),
        shippedPackFolder: '/easel/pack',
        engineFile: '/easel/out/main/engine-process.js',
        log: () => undefined,
        recentLog: () => ['a line'],
      })
      deepEqual(
        [asked?.shell, asked?.shippedPackFolder, asked?.recentLog?.(1)],
        ['electron', '/easel/pack', ['a line']],
      )

      deepEqual(await asked?.chooseImportFiles?.(), [])
      electron.chosenPaths = ['/home/a/model.pt', '/home/a/vocab.json']
      deepEqual(await asked?.chooseImportFiles?.(), ['/home/a/model.pt', '/home/a/vocab.json'])
      const [dialog] = electron.openDialogs as { properties: string[]; filters: { extensions: string[] }[] }[]
      deepEqual(dialog?.properties, ['openFile', 'multiSelections'])
      deepEqual(
        ['pt', 'safetensors', 'onnx', 'json'].filter(
          (extension) => !dialog?.filters[0]?.extensions.includes(extension),
        ),
        [],
      )
      deepEqual(dialog?.filters.at(-1)?.extensions, ['*'])

      deepEqual(electron.utilities.length, 0)
      asked?.spawnEngine?.().post({ seq: 1 } as never)
      const [utility, ...others] = electron.utilities
      deepEqual([utility?.file, others, utility?.posted], ['/easel/out/main/engine-process.js', [], [{ seq: 1 }]])
      const { serviceName, env } = utility?.options as { serviceName: string; env?: NodeJS.ProcessEnv }
      deepEqual(
        [serviceName, env?.['ORT_DISABLE_TELEMETRY'], env?.['PATH']],
        ['Easel engine', '1', process.env['PATH']],
      )

      studio.pictureFolder = folder
      deepEqual(opened.pictureFile('a' as PictureId), join(folder, 'a.png'))
      deepEqual(await opened.installPackFile('x.easelpack'), { name: 'x.easelpack' })
      // Calls go through the log.
      deepEqual(await opened.readResource({} as never).catch((error: Error) => error.message), 'logged')
    },
  },
  {
    name: 'the studio is closed before the program ends',
    async check(code, folder) {
      const { electron, studio } = await startFakeShell(code, folder)
      let isPrevented = false
      electron.app.emit('before-quit', { preventDefault: () => (isPrevented = true) })
      deepEqual(electron.app.done.includes('quit'), false)
      await setImmediate()
      deepEqual([isPrevented, studio.isClosed, electron.app.done.at(-1)], [true, true, 'quit'])
    },
  },
  {
    name: 'a studio that cannot be closed is written down, and the program ends',
    async check(code, folder) {
      const written: unknown[] = []
      const log = { write: (...line: unknown[]) => void written.push(line), tail: () => [], path: '' }
      const studio = Object.assign(new FakeStudio(), { close: () => Promise.reject(new Error('The disk is gone.')) })
      const { electron } = await startFakeShell(code, folder, { openStudio: () => Promise.resolve(studio), log })
      electron.app.emit('before-quit', { preventDefault: () => undefined })
      for (let turn = 0; turn < 3; turn++) await setImmediate()
      deepEqual(
        [electron.app.done.at(-1), written],
        ['quit', [['error', 'notClosed', { message: 'The disk is gone.' }]]],
      )
    },
  },
  {
    name: 'a studio that does not open is told in words, and written down',
    async check(code, folder) {
      const electron = new FakeElectron(folder)
      const message = 'Another Easel has this library open.'
      const written: unknown[] = []
      const log = { write: (...line: unknown[]) => void written.push(line), tail: () => [], path: '' }
      const openStudio = (): Promise<never> => Promise.reject(new StudioError('libraryLocked', message))
      // No window comes of it.
      await startFakeShell(code, folder, { openStudio, log }, electron).catch(() => undefined)
      deepEqual([electron.errorBoxes, electron.app.done.at(-1), electron.windows.length], [[message], 'exit 1', 0])
      deepEqual(written, [['error', 'notOpened', { message }]])
    },
  },
  {
    name: 'updates are looked for only where the settings name a feed',
    async check(code, folder) {
      const asked: unknown[] = []
      const newer = { version: '9.0.0', page: 'https://github.com/easel/easel/releases' }
      const options = {
        fetch: (url: unknown) => {
          asked.push(url)
          return Promise.resolve(new Response(JSON.stringify(newer)))
        },
      }
      const quiet = await startFakeShell(code, folder, options)
      for (let turn = 0; turn < 5; turn++) await setImmediate()
      deepEqual([asked, quiet.electron.messages], [[], []])

      writeFileSync(join(folder, 'settings.json'), '{"updateFeed":"https://example.org/easel.json"}')
      const { electron } = await startFakeShell(code, folder, options)
      for (let turn = 0; turn < 20; turn++) await setImmediate()
      deepEqual(asked, ['https://example.org/easel.json'])
      deepEqual([electron.messages, electron.opened], [['Easel 9.0.0 is there; this is 0.1.0.'], []])
    },
  },
]
