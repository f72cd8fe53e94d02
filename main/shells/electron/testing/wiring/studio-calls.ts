import { deepEqual } from 'node:assert/strict'

import { StudioError } from '#app/contract/errors.ts'
import { pageEvent } from '../fake-frame.ts'
import { startFakeShell } from '../start-fake-shell.ts'
import type { WiringPoint } from './wiring-point.ts'

export const studioCalls: readonly WiringPoint[] = [
  {
    name: 'a call goes to the studio, and its failure comes back as a value without its stack',
    async check(code, folder) {
      const { electron, studio, contents } = await startFakeShell(code, folder)
      studio.results.set('listQueue', [1])
      studio.results.set('getPicture', new StudioError('notFound', 'There is no such picture.'))
      const invoke = (...args: unknown[]): unknown => electron.invoke('easel:call', pageEvent(contents), ...args)
      deepEqual(await invoke('listQueue', { a: 1 }), { result: [1] })
      deepEqual(await invoke('getPicture', {}), {
        error: { code: 'notFound', name: 'StudioError', message: 'There is no such picture.' },
      })
      deepEqual(studio.calls, [
        { name: 'listQueue', payload: { a: 1 } },
        { name: 'getPicture', payload: {} },
      ])
    },
  },
  {
    name: 'what is no call of the studio, or no plain object, does not reach it',
    async check(code, folder) {
      const { electron, studio, contents } = await startFakeShell(code, folder)
      const codeOf = async (...args: unknown[]): Promise<unknown> => {
        const answer = (await electron.invoke('easel:call', pageEvent(contents), ...args)) as {
          error?: { code: string }
        }
        return answer.error?.code
      }
      deepEqual(
        [
          await codeOf('close', {}),
          await codeOf('constructor', {}),
          await codeOf('listQueue', []),
          await codeOf('listQueue', { a: new Map() }),
          await codeOf('listQueue', {}, 'more'),
        ],
        ['notFound', 'notFound', 'invalidRequest', 'invalidRequest', 'invalidRequest'],
      )
      deepEqual(studio.calls, [])
    },
  },
  {
    name: 'an event reaches every window that is still there',
    async check(code, folder) {
      const { electron, studio, contents } = await startFakeShell(code, folder)
      studio.emit({ type: 'packsChanged' })
      deepEqual(contents.sent, [{ channel: 'easel:event', args: [{ type: 'packsChanged' }] }])
      const [window] = electron.windows
      if (window !== undefined) window.isGone = true
      studio.emit({ type: 'packsChanged' })
      deepEqual(contents.sent.length, 1)
    },
  },
]
