import { expect, it, vi } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'

import { startHousekeeping } from './housekeeping.ts'
import { createMemoryLibrary } from './testing/memory-library.ts'

function keep(changes: { readonly isIdle?: boolean; readonly failure?: StudioError }) {
  const done: string[] = []
  const keeper = startHousekeeping({
    isIdle: () => changes.isIdle ?? true,
    log: (level, text) => done.push(`${level}: ${text}`),
    library: {
      ...createMemoryLibrary(),
      backUpIfDue() {
        done.push('backup')
        if (changes.failure !== undefined) return Promise.reject(changes.failure)
        return Promise.resolve({ name: 'easel-1.db', createdAt: '2026-01-01T00:00:00.000Z', bytes: 1 })
      },
      scrub() {
        done.push('scrub')
        return { checked: 64, problems: [], isRoundFinished: false }
      },
    },
  })
  return { done, keeper }
}

it('backs up and checks pictures every minute', async () => {
  vi.useFakeTimers()
  const { done, keeper } = keep({})
  await vi.advanceTimersByTimeAsync(60_000)
  expect(done).toEqual(['backup', 'info: Backed the library up as easel-1.db.', 'scrub'])
  keeper.stop()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(done).toHaveLength(3)
  vi.useRealTimers()
})

it('checks nothing while something is being drawn', async () => {
  const { done, keeper } = keep({ isIdle: false })
  await keeper.round()
  keeper.stop()
  expect(done).toEqual(['backup', 'info: Backed the library up as easel-1.db.'])
})

it('logs what goes wrong and goes on', async () => {
  const { done, keeper } = keep({ failure: new StudioError('storageFull', 'The disk is full.') })
  await keeper.round()
  await keeper.round()
  keeper.stop()
  const said = 'warn: The library could not be looked after: The disk is full.'
  expect(done).toEqual(['backup', said, 'backup', said])
})
