import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'

import type { Resource } from '#app/contract/resources.ts'
import type { StudioApi, StudioInfo } from '#app/contract/studio-api.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { ImportReport } from '#app/domain/library-portability.ts'
import type { Engine } from '#main/engine/engine.ts'
import type { StoredLibrary } from '#main/library/library.ts'

import { createBackgroundScoring, type BackgroundScoring } from './background-scoring.ts'
import { drawTokens } from './draw-tokens.ts'
import { createEventHub, type StudioListener } from './events.ts'
import { startHousekeeping } from './housekeeping.ts'
import { createPackLoader } from './pack-loader.ts'
import type { Packs } from './packs-port.ts'
import type { StudioLog, StudioParts } from './parts.ts'
import { createPreviews } from './previews.ts'
import { createProgress } from './progress.ts'
import { createQuarantine } from './quarantine.ts'
import { createQueue } from './queue.ts'
import { countUses } from './counted-engine.ts'
import { importCheckpoints, type Workshop } from './imports/import-checkpoints.ts'
import { createImportDesk, type RunImport } from './imports/import-desk.ts'
import { createImportFiles } from './imports/import-files.ts'
import { readResource, type ResourceBytes } from './read-resource.ts'
import { resumeQueue } from './resume-queue.ts'
import { runGeneration } from './run-generation.ts'
import { controlQueue } from './use-cases/control-queue.ts'
import { editPictures } from './use-cases/edit-pictures.ts'
import { findPictures } from './use-cases/find-pictures.ts'
import { browseLibrary } from './use-cases/browse-library.ts'
import { continueGeneration } from './use-cases/continue-generation.ts'
import { exportPictures } from './use-cases/export-pictures.ts'
import { readReceipt } from './use-cases/read-receipt.ts'
import { getLineage } from './use-cases/get-lineage.ts'
import { findAlike } from './use-cases/find-alike.ts'
import { deletePictures } from './use-cases/delete-pictures.ts'
import { keepCollections } from './use-cases/keep-collections.ts'
import { lookAfterLibrary, type LibraryCare } from './use-cases/look-after-library.ts'
import { organisePictures } from './use-cases/organise-pictures.ts'
import { rankPictures } from './use-cases/rank-pictures.ts'
import { verifyPicture } from './use-cases/verify-picture.ts'
import { cancelGeneration } from './use-cases/cancel-generation.ts'
import { generate } from './use-cases/generate.ts'
import { getGeneration } from './use-cases/get-generation.ts'
import { getPicture } from './use-cases/get-picture.ts'
import { getStudioInfo } from './use-cases/get-studio-info.ts'
import { listGenerations } from './use-cases/list-generations.ts'
import { listPacks } from './use-cases/list-packs.ts'
import { listPictures } from './use-cases/list-pictures.ts'
import { makeBugReport } from './use-cases/make-bug-report.ts'
import { listQueue } from './use-cases/list-queue.ts'
import { tokenizePrompt } from './use-cases/tokenize-prompt.ts'

/** A step of decoding takes well under a second; what has not stopped after this is stuck. */
const closePatienceMs = 5000

export interface StudioOptions {
  readonly library: StoredLibrary
  readonly engine: Engine
  readonly packs: Packs
  readonly version: string
  readonly shell: StudioInfo['shell']
  /** Default true: unfinished jobs of the library go on at once, in the order they were left in, unless the queue was paused. */
  readonly isResuming?: boolean
  /** Default true. */
  readonly isPreviewWanted?: boolean
  /** Backups and checks in idle time, for a shell that stays open. Default false. */
  readonly isKeepingHouse?: boolean
  readonly withOwnEngine?: StudioParts['withOwnEngine']
  /** How checkpoints become packs; absent = this studio imports none. */
  readonly workshop?: {
    readonly packsFolder: string
    readonly run: RunImport
    readonly chooseFiles?: Workshop['chooseFiles']
    readonly checkPack: Workshop['checkPack']
  }
  /** Calls back when packs were installed or removed by whomever. @returns the way to stop */
  readonly watchPacks?: (onChange: () => void) => () => void
  /** What closes the library for a repair and opens it again; absent = this studio cannot. */
  readonly care?: LibraryCare
  readonly drawSeed?: () => number
  readonly log?: StudioLog
  /** The newest lines of the shell's log, oldest first, for bug reports. */
  readonly recentLog?: (lines: number) => readonly string[]
}

/** What a shell holds. `api` is all that a page gets; the rest is for the shell's own process. */
export interface Studio {
  readonly api: StudioApi
  /** @returns the way to stop listening */
  subscribe(listener: StudioListener): () => void
  readResource(resource: Resource): Promise<ResourceBytes>
  /** For the command line: what keeps a library and has no place in a page. */
  readonly library: StoredLibrary
  readonly packs: Packs
  /** Absolute path of a PNG, for the command line and for dragging out. Never for a page. */
  pictureFile(id: PictureId): string
  /** Merges an archive into the library; pictures that it holds as tokens are drawn by the pack that made them. */
  importArchive(file: string): Promise<ImportReport>
  /** Pictures scored by the chosen CLIP pack, and labels, while nothing is drawn. */
  readonly scoring: BackgroundScoring
  /** Resolves when no job is running or waiting. */
  whenIdle(): Promise<void>
  /** Stops the running job (it goes on at the next start), then the engine, then closes the library. */
  close(): Promise<void>
}

/** The studio over its three rooms. Takes them over: `close` closes the engine and the library. */
export function createStudio(options: StudioOptions): Studio {
  const parts = createParts(options)
  const scoring = createBackgroundScoring(parts)
  const workshop = options.workshop && createWorkshop(parts, options.workshop)
  const stopWatching = options.watchPacks?.(() => parts.events.emit({ type: 'packsChanged' }))
  const housekeeping =
    options.isKeepingHouse === true
      ? startHousekeeping({ ...parts, isIdle: () => parts.queue.ids().length === 0 })
      : undefined
  const api = {
    makeBugReport: makeBugReport(parts),
    getStudioInfo: getStudioInfo(parts),
    listPacks: listPacks(parts),
    tokenizePrompt: tokenizePrompt(parts),
    generate: generate(parts),
    cancelGeneration: cancelGeneration(parts),
    listQueue: listQueue(parts),
    listGenerations: listGenerations(parts),
    getGeneration: getGeneration(parts),
    listPictures: listPictures(parts),
    getPicture: getPicture(parts),
    verifyPicture: verifyPicture(parts),
    ...controlQueue(parts),
    ...organisePictures(parts),
    ...keepCollections(parts),
    ...deletePictures(parts),
    ...lookAfterLibrary(parts, scoring, options.care),
    findPictures: findPictures(parts),
    ...findAlike(parts),
    ...rankPictures(parts, scoring),
    getLineage: getLineage(parts),
    ...editPictures(parts),
    ...importCheckpoints(parts, workshop),
    ...browseLibrary(parts),
    continueGeneration: continueGeneration(parts),
    ...exportPictures(parts),
    listUpscalers: async () => (await parts.packs.listUpscalers()).map(({ summary }) => summary),
    readReceipt: readReceipt(parts),
  } satisfies StudioApi
  if (options.isResuming ?? true) resumeQueue(parts)
  if (options.isKeepingHouse === true) {
    scoring.wake()
    // What was drawn is compared with the labels, and scored by the chosen pack when that is not its own.
    parts.events.subscribe(({ type }) => {
      if (type === 'generationEnded') scoring.wake()
    })
  }
  let closed: Promise<void> | undefined
  return {
    ...{ api, library: parts.library, packs: parts.packs, scoring },
    subscribe: (listener) => parts.events.subscribe(listener),
    readResource: (resource) => readResource(parts, resource),
    pictureFile: (id) => parts.library.pictureFile(id),
    importArchive: (file) =>
      parts.library.importArchive({ file, draw: ({ pack, tokens }) => drawTokens(parts, pack, tokens) }),
    whenIdle: () => parts.queue.whenIdle(),
    close: () => {
      housekeeping?.stop()
      stopWatching?.()
      return (closed ??= close(parts, scoring, workshop))
    },
  }
}

function createWorkshop(
  { events }: StudioParts,
  { packsFolder, run, chooseFiles, checkPack }: NonNullable<StudioOptions['workshop']>,
): Workshop {
  const files = createImportFiles(packsFolder)
  const desk = createImportDesk({
    ...{ files, run },
    onChange: (current) => events.emit({ type: 'importChanged', import: current }),
    onInstalled: () => events.emit({ type: 'packsChanged' }),
  })
  return { files, desk, checkPack, ...(chooseFiles === undefined ? {} : { chooseFiles }) }
}

function createParts(options: StudioOptions): StudioParts {
  const { library, packs, version, shell } = options
  const { engine, isUsed } = countUses(options.engine)
  const log = options.log ?? (() => undefined)
  const quarantine = createQuarantine()
  const parts: StudioParts = {
    ...{ library, engine, packs, version, shell, log, quarantine },
    recentLog: options.recentLog ?? (() => []),
    loader: createPackLoader({ engine, packs, quarantine, isUsed }),
    events: createEventHub((error) => log('error', `A listener of the studio failed: ${String(error)}`)),
    progress: createProgress(),
    previews: createPreviews(),
    queue: createQueue((id, signal) => runGeneration(parts, id, signal)),
    isPreviewWanted: options.isPreviewWanted ?? true,
    withOwnEngine: options.withOwnEngine,
    drawSeed: options.drawSeed ?? (() => randomInt(2 ** 31)),
  }
  return parts
}

/** A stuck engine is not waited for: its end ends the job. */
async function close(parts: StudioParts, scoring: BackgroundScoring, workshop: Workshop | undefined): Promise<void> {
  const scoringEnded = scoring.pause()
  await workshop?.desk.close()
  const queueClosed = parts.queue.close()
  await Promise.race([queueClosed, setTimeout(closePatienceMs, undefined, { ref: false })])
  await parts.engine.close()
  await queueClosed
  await scoringEnded
  parts.library.close()
}
