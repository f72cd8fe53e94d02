import { StudioError } from '#app/contract/errors.ts'
import { parseResourcePath } from '#app/contract/resources.ts'
import type { CallName, StudioApi, StudioEvent } from '#app/contract/studio-api.ts'

import type { LinkedTransport } from '../transport/linked-transport.ts'
import { createFakeLibrary } from './fake-library.ts'
import { fakePack, grid, numberOf, perRun } from './fake-pack.ts'
import { hasWords, pageOf } from './fake-pages.ts'
import type { Painter } from './fake-painter.ts'
import { createFakeRuns, type FakeRunWishes } from './fake-runs.ts'

export interface FakeWishes extends FakeRunWishes {
  readonly hasPack: boolean
  readonly paint: Painter
}

/** A studio that draws nothing but behaves like one: for looking at the page. Development only. */
export function createFakeStudio(wishes: FakeWishes): LinkedTransport {
  const listeners = new Set<(event: StudioEvent) => void>()
  const tell = (event: StudioEvent) => listeners.forEach((listener) => listener(event))
  const runs = createFakeRuns(wishes, tell)
  const refuse = async (): Promise<never> => {
    throw new StudioError('invalidRequest', 'The pretended studio cannot do this.')
  }

  const api: StudioApi = {
    ...createFakeLibrary(runs, tell),
    makeBugReport: async () => ({ text: '# Easel bug report\n\n- versions: Easel 0.0.0 (pretended)\n' }),
    readReceipt: async () => null,
    exportPictures: async () => ({ name: 'easel.zip', mediaType: 'application/zip', base64: '' }),
    verifyPicture: async () => ({ matches: true, firstDifference: null, message: 'Replayed with pack starter 0.1.0.' }),
    pauseQueue: async () => tell({ type: 'queueChanged', isPaused: true }),
    resumeQueue: async () => tell({ type: 'queueChanged', isPaused: false }),
    getLineage: async ({ pictureId }) => runs.familyOf(pictureId),
    getStudioInfo: async () => ({
      version: '0.1.0',
      shell: 'browser',
      defaultPackId: wishes.hasPack ? fakePack.id : null,
      pictureCount: runs.total(),
      isQueuePaused: false,
    }),
    cancelExport: async () => undefined,
    listUpscalers: async () => [],
    listPacks: async () => (wishes.hasPack ? [fakePack] : []),
    tokenizePrompt: async ({ prompt }) => {
      const tokens = prompt.toLowerCase().match(/\S{1,6}/g) ?? []
      const kept = tokens.slice(0, 30)
      const end = kept.reduce((from, token) => prompt.toLowerCase().indexOf(token, from) + token.length, 0)
      return { count: tokens.length, limit: 30, tokens, kept: prompt.slice(0, end) }
    },
    generate: async (request) => {
      if (!wishes.hasPack) throw new StudioError('packMissing', 'No pack is installed.')
      return runs.start(request)
    },
    continueGeneration: async ({ generationId, more }) => runs.goOn(generationId, more),
    cancelGeneration: async ({ generationId }) => runs.cancel(generationId),
    listQueue: async () => runs.queue().map((generation) => ({ generation, row: 0, rows: grid, previewVersion: 0 })),
    listGenerations: async ({ query, cursor, limit }) =>
      pageOf(runs.count(), (place) => runs.runAt(runs.count() - 1 - place), hasWords(query), cursor, limit),
    getGeneration: async ({ generationId }) => {
      const generation = runs.runAt(numberOf(generationId))
      return { generation, pictures: runs.picturesOf(generation) }
    },
    getPicture: async ({ pictureId }) => runs.detailOf(pictureId),
    findNearDuplicates: refuse,
    chooseClipPack: refuse,
    verifyLibrary: refuse,
    rebuildLibrary: refuse,
    repairLibrary: refuse,
    restoreBackup: refuse,
    chooseImportFiles: refuse,
    beginUpload: refuse,
    uploadPart: refuse,
    dropImportFiles: refuse,
    examineCheckpoint: refuse,
    installCheckpoint: refuse,
    cancelImport: refuse,
    getImport: refuse,
    checkPack: async () => ({
      runs: fakePack.precisions.map((precision) => ({ precision, prompt: 'a red apple', equalShare: 1 })),
      ...{ isGood: true, where: 'Everything runs on the CPU.' },
    }),
    removePack: refuse,
    changeTags: refuse,
    createCollection: refuse,
    renameCollection: refuse,
    removeCollection: refuse,
    changeCollection: refuse,
    backupLibrary: refuse,
    importPicture: refuse,
    mirrorPicture: refuse,
    retryGeneration: refuse,
    moveInQueue: refuse,
  }

  return {
    invoke: (name: CallName, payload) => (api[name] as (payload: unknown) => Promise<unknown>)(payload),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    resourceUrl(path) {
      const resource = parseResourcePath(path)
      if (resource === undefined) return ''
      const number =
        resource.kind === 'picture'
          ? numberOf(resource.id)
          : numberOf(resource.generationId) * 1024 + resource.candidate
      const generation = runs.runAt(Math.floor(number / 1024))
      return wishes.paint(
        generation.prompt,
        Math.floor(number / 1024) * perRun + (number % 1024),
        resource.kind === 'picture' ? grid : resource.version,
      )
    },
  }
}
