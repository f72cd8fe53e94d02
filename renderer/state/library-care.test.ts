import { expect, test } from 'vitest'

import type { PackId } from '#app/domain/ids.ts'
import type { VerifyReport } from '#app/domain/library-health.ts'

import { createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { LibraryCare } from './library-care.svelte.ts'
import { Notices } from './notices.svelte.ts'

const report: VerifyReport = { databaseProblems: [], pictures: 3, pictureProblems: [], orphanFiles: 0, seconds: 1 }
const quiet = { chosen: null, isRunning: false, scored: 3, waiting: 0, failed: 0, error: null }

function create(verifyLibrary: () => Promise<VerifyReport>) {
  const transport = createScriptedTransport({
    listBackups: async () => [],
    listClipPacks: async () => [],
    getRescoring: async () => quiet,
    verifyLibrary,
    chooseClipPack: async ({ packId }) => ({ ...quiet, chosen: packId, isRunning: true }),
  })
  const notices = new Notices()
  return { transport, notices, care: new LibraryCare(new Connection(transport), notices) }
}

test('one action at a time; its result stays, a failure becomes a notice', async () => {
  let finish = (_: VerifyReport): void => undefined
  const { care, transport } = create(() => new Promise((resolve) => (finish = resolve)))
  const first = care.verify()
  await care.verify()
  expect([care.isBusy, care.result]).toEqual([true, null])
  finish(report)
  await first
  expect([care.isBusy, care.result]).toEqual([false, { kind: 'verified', report }])
  expect(transport.calls.filter(({ name }) => name === 'verifyLibrary')).toHaveLength(1)

  const failing = create(() => Promise.reject(new Error('the disk is gone')))
  await failing.care.verify()
  expect([failing.care.isBusy, failing.care.result, failing.notices.items[0]?.detail]).toEqual([
    false,
    null,
    'the disk is gone',
  ])
})

test('how far another pack has scored is what the studio says last', async () => {
  const { care, transport } = create(() => Promise.resolve(report))
  await care.chooseClipPack('other' as PackId)
  expect(transport.calls[0]).toMatchObject({ name: 'chooseClipPack', payload: { packId: 'other' } })
  transport.emit({ type: 'rescoringChanged', rescoring: { ...quiet, scored: 1, waiting: 2 } })
  await settle()
  expect(care.rescoring).toEqual({ ...quiet, scored: 1, waiting: 2 })
})
