import { expect, test } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'
import type { StudioApi } from '#app/contract/studio-api.ts'
import type { CheckpointImport, ImportFile, ImportFileId, ImportId } from '#app/domain/checkpoint.ts'
import { createScriptedTransport } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { CheckpointImports } from './imports.svelte.ts'

const importId = 'import-1' as ImportId
const job = (changes: Partial<CheckpointImport>): CheckpointImport => ({
  ...{ id: importId, state: 'examining', files: [], progress: null, report: null, error: null, packId: null },
  ...changes,
})

/** A studio that takes files and remembers their bytes. */
function create(answers: Partial<StudioApi> = {}) {
  const received = new Map<string, string>()
  const files = new Map<string, ImportFile>()
  const transport = createScriptedTransport({
    beginUpload: async ({ name, bytes }) => {
      const file = { id: `file-${name}` as ImportFileId, name, bytes, receivedBytes: 0 }
      files.set(file.id, file)
      return file
    },
    uploadPart: async ({ fileId, offset, base64 }) => {
      const part = atob(base64)
      received.set(fileId, (received.get(fileId) ?? '') + part)
      const file = { ...files.get(fileId)!, receivedBytes: offset + part.length }
      files.set(fileId, file)
      return file
    },
    dropImportFiles: async () => undefined,
    examineCheckpoint: async () => job({}),
    installCheckpoint: async () => job({ state: 'installing' }),
    cancelImport: async () => undefined,
    getImport: async () => null,
    chooseImportFiles: async () => null,
    ...answers,
  })
  const imports = new CheckpointImports(new Connection(transport))
  return { imports, transport, received, namesOf: () => transport.calls.map(({ name }) => name) }
}

test('a large file goes in parts of 4 MiB and arrives whole', async () => {
  const { imports, received, transport } = create()
  const text = 'abcdefghij'.repeat(900_000)
  const uploading = imports.upload([new File([text], 'model.pt')])
  expect([imports.isUploading, imports.canExamine]).toEqual([true, false])
  await uploading
  const offsets = transport.calls.flatMap(({ name, payload }) =>
    name === 'uploadPart' ? [(payload as { offset: number }).offset] : [],
  )
  expect(offsets).toEqual([0, 2 ** 22, 2 ** 23])
  expect(received.get('file-model.pt') === text).toBe(true)
  expect([imports.isUploading, imports.canExamine, imports.files.map(({ receivedBytes }) => receivedBytes)]).toEqual([
    false,
    true,
    [text.length],
  ])
})

test('events lead from the files to the report and to the pack', async () => {
  const { imports, transport } = create()
  await imports.upload([new File(['x'], 'a.pt')])
  await imports.examine()
  const steps = [imports.step]
  for (const state of ['examined', 'installing', 'installed'] as const) {
    transport.emit({ type: 'importChanged', import: job({ state }) })
    steps.push(imports.step)
  }
  expect(steps).toEqual(['working', 'report', 'working', 'installed'])
  await imports.close()
  expect([imports.step, transport.calls.at(-1)]).toEqual(['files', { name: 'cancelImport', payload: { importId } }])
})

test('an answer that comes after its event does not turn the time back', async () => {
  let answer = (_: CheckpointImport): void => {}
  const { imports, transport } = create({
    examineCheckpoint: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  })
  await imports.upload([new File(['x'], 'a.pt')])
  const examining = imports.examine()
  transport.emit({ type: 'importChanged', import: job({ state: 'failed' }) })
  answer(job({}))
  await examining
  expect(imports.step).toBe('failed')
})

test('closing the dialog leaves work alone, and opening it finds it again', async () => {
  const { imports, transport, namesOf } = create({ getImport: async () => job({ state: 'installing' }) })
  transport.emit({ type: 'importChanged', import: job({ state: 'installing' }) })
  await imports.close()
  expect(namesOf()).toEqual([])
  await imports.open()
  expect([imports.isOpen, imports.step]).toEqual([true, 'working'])
})

test('what a call refuses is said in the dialog, and the next action clears it', async () => {
  const { imports } = create({
    beginUpload: () => Promise.reject(new StudioError('storageFull', 'The disk is full.')),
  })
  await imports.upload([new File(['x'], 'a.pt')])
  expect([imports.problem, imports.isUploading]).toEqual([{ code: 'storageFull', message: 'The disk is full.' }, false])
  expect(await imports.chooseInShell()).toBe(false)
  expect(imports.problem).toBeNull()
})

test('a file that is taken out is not sent to its end, and nobody hears of it', async () => {
  const { imports, namesOf } = create({
    uploadPart: async ({ fileId }) => {
      await imports.remove(fileId)
      throw new StudioError('notFound', 'That file is not known.')
    },
  })
  await imports.upload([new File(['x'.repeat(9_000_000)], 'a.pt')])
  expect([imports.files, imports.problem, namesOf()]).toEqual([
    [],
    null,
    ['beginUpload', 'uploadPart', 'dropImportFiles'],
  ])
})

test('a file of which a part failed cannot be examined', async () => {
  const { imports } = create({
    uploadPart: () => Promise.reject(new StudioError('storageFull', 'The disk is full.')),
  })
  await imports.upload([new File(['x'], 'a.pt')])
  expect([imports.problem?.code, imports.canExamine]).toEqual(['storageFull', false])
})
