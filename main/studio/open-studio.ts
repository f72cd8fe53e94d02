import { fileURLToPath } from 'node:url'

import { StudioError } from '#app/contract/errors.ts'
import type { StudioInfo } from '#app/contract/studio-api.ts'
import type { SpawnEngine } from '#main/engine/engine-child.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'
import type { WatchdogOptions } from '#main/engine/watchdog.ts'
import { repairLibrary, restoreBackup } from '#main/library/health/repair.ts'
import type { LibraryOptions } from '#main/library/library-folder.ts'
import type { StoredLibrary } from '#main/library/library.ts'
import { openLibrary } from '#main/library/open-library.ts'
import { measureCacheRanges } from '#main/packs/golden/cache-ranges.ts'
import { drawGolden } from '#main/packs/golden/golden-runs.ts'
import { importCheckpoint } from '#main/packs/import/doctor/import-checkpoint.ts'
import { importUpscaler } from '#main/packs/import/upscalers/import-upscaler.ts'
import { isUpscalerPackage } from '#main/packs/import/upscalers/upscaler-package.ts'
import { createPackStore, type PackStore } from '#main/packs/store/pack-store.ts'
import { packPlaces, type PackPlaces } from '#main/packs/store/places.ts'
import { watchPacks } from '#main/packs/store/watch-packs.ts'

import packageJson from '../../package.json' with { type: 'json' }
import { checkPack, toPackCheck } from './check-pack.ts'
import { dataFolder, libraryFolder } from './data-folder.ts'
import { enginePatience } from './engine-patience.ts'
import type { StudioLog, WithOwnEngine } from './parts.ts'
import type { RunImport } from './imports/import-desk.ts'
import { openReopenable } from './reopenable-library.ts'
import { createStudio, type Studio, type StudioOptions } from './studio.ts'

export const easelVersion: string = packageJson.version

/** In the repository; a packaged shell names its own. */
const starterPackFolder = fileURLToPath(new URL('../../models/starter/pack', import.meta.url))

export interface OpenStudioOptions {
  readonly shell: StudioInfo['shell']
  /** Default: `EASEL_LIBRARY`, or `library` in the user's data folder. */
  readonly libraryFolder?: string
  /** The pack folder that comes with the shell; `EASEL_PACKS` takes its place. */
  readonly shippedPackFolder?: string
  /** `read` looks into a library that another Easel may be writing: nothing can be drawn. Default `write`. */
  readonly access?: 'read' | 'write'
  /** Default true: unfinished jobs go on at once. */
  readonly isResuming?: boolean
  /** Default true. */
  readonly isPreviewWanted?: boolean
  /** How the engine process is started. Default: as a child process of Node. */
  readonly spawnEngine?: SpawnEngine
  /** How long the engine may be silent. Default: `EASEL_LOAD_SECONDS`, `EASEL_STEP_SECONDS`, or what the watchdog thinks right. */
  readonly watchdog?: Partial<WatchdogOptions>
  /** A dialog of the shell: absolute paths of the files of a checkpoint, none when it was closed. Absent where there is none. */
  readonly chooseImportFiles?: () => Promise<readonly string[]>
  readonly log?: StudioLog
  /** The newest lines of the shell's log, oldest first, for bug reports. */
  readonly recentLog?: (lines: number) => readonly string[]
}

/**
 * The studio as every shell opens it: library, engine and packs of this machine. The engine process starts with the first prompt.
 * A damaged library is put right (set aside, restored, completed) before it is opened; the command line refuses it and says how.
 * @throws StudioError `libraryLocked` when another Easel has the library open for writing; whatever else the library says
 */
export async function openStudio(options: OpenStudioOptions): Promise<Studio> {
  const { shell, access = 'write', isResuming = true, isPreviewWanted, log } = options
  const folder = libraryFolder(process.env, options.libraryFolder)
  const isCli = shell === 'cli'
  const program = programName(shell)
  const { library, whileClosed } = await openReopenable(() =>
    openFor(access, { folder, program, onDamage: isCli ? 'refuse' : 'repair' }),
  )
  const packs = openPacks(options.shippedPackFolder)
  if (!isCli && library.access === 'write') await tidyPacks(packs, log)
  const repair = library.startUp?.repair
  if (repair) log?.('warn', `The library was damaged and has been put right: ${repair.problems.join(' ')}`)
  return createStudio({
    ...{ library, shell, isPreviewWanted, log, recentLog: options.recentLog, version: easelVersion },
    engine: new EngineHost(options.spawnEngine ?? forkEngine, {
      watchdog: options.watchdog ?? enginePatience(process.env),
      ...(log === undefined ? {} : { log }),
    }),
    packs,
    care: {
      repair: () => whileClosed(() => repairLibrary({ folder, program })),
      restore: (name) => whileClosed(() => restoreBackup({ folder, program }, name)),
    },
    withOwnEngine: ownEngines(options.spawnEngine ?? forkEngine),
    isResuming: isResuming && access === 'write' && library.access === 'write',
    isKeepingHouse: !isCli && library.access === 'write',
    ...(isCli || library.access !== 'write' ? {} : packWork(packs, options)),
  })
}

/** A window imports checkpoints, and hears of packs that come and go. */
function packWork(
  packs: PackStore,
  {
    shippedPackFolder = starterPackFolder,
    spawnEngine = forkEngine,
    chooseImportFiles: chooseFiles,
  }: OpenStudioOptions,
): Pick<StudioOptions, 'workshop' | 'watchPacks'> {
  const packsFolder = placesOf(shippedPackFolder).installed
  const withOwnEngine = ownEngines(spawnEngine)
  const signature = async () =>
    [...(await packs.list()), ...(await packs.listUpscalers())]
      .map(({ summary }) => `${summary.id} ${summary.sha256}`)
      .join('\n')
  return {
    workshop: {
      ...{ packsFolder, run: importRun(packsFolder, withOwnEngine) },
      checkPack: (id) => withOwnEngine(async (engine) => toPackCheck(await checkPack(engine, packs, id))),
      ...(chooseFiles === undefined ? {} : { chooseFiles }),
    },
    watchPacks: (onChange) => watchPacks(packsFolder, signature, onChange),
  }
}

/** The self-check has an engine process of its own: a checkpoint that ends it must not cost a job of the queue. */
function importRun(packsFolder: string, withOwnEngine: WithOwnEngine): RunImport {
  return async (request) => {
    const { files, name, isDryRun, signal } = request
    if (await isUpscalerPackage(files))
      return importUpscaler({
        path: files[0] ?? '',
        packsFolder,
        isDryRun,
        signal,
        ...(name !== undefined && { name }),
      })
    return withOwnEngine((engine) =>
      importCheckpoint({
        ...request,
        packsFolder,
        measureCache: (folder, manifest, signal) => measureCacheRanges(engine, folder, manifest, signal),
        drawGolden: (folder, manifest, watch) => drawGolden(engine, folder, manifest, watch),
      }),
    )
  }
}

/** What these engine processes draw waits for nobody, and costs the queue nothing when they end. */
function ownEngines(spawnEngine: SpawnEngine): WithOwnEngine {
  return async (work) => {
    const engine = new EngineHost(spawnEngine, {})
    try {
      return await work(engine)
    } finally {
      await engine.close()
    }
  }
}

/** A reader cannot bring an older library up to date; when nobody else has it open, it is opened for writing instead. */
async function openFor(access: 'read' | 'write', options: LibraryOptions): Promise<StoredLibrary> {
  try {
    return await openLibrary({ ...options, access })
  } catch (error) {
    const isOlder = access === 'read' && error instanceof StudioError && error.code === 'libraryReadOnly'
    if (!isOlder) throw error
    return openLibrary({ ...options, access: 'write' })
  }
}

/** A window is where an interrupted replacement of a pack is undone: the command line comes and goes beside it. */
async function tidyPacks(packs: PackStore, log: StudioLog | undefined): Promise<void> {
  try {
    await packs.collectLeftovers()
  } catch (error) {
    log?.('warn', `Leftovers among the packs could not be removed: ${String(error)}`)
  }
}

/** Who has a library open, as the refusal to another one says it. */
export function programName(shell: StudioInfo['shell']): string {
  return `Easel ${easelVersion} (${shell})`
}

/** Where packs are looked for on this machine: `EASEL_PACKS`, or the user's data folder and the shipped pack. */
function placesOf(shippedPackFolder: string): PackPlaces {
  const override = process.env['EASEL_PACKS']
  return packPlaces({
    dataFolder: dataFolder(),
    shipped: shippedPackFolder,
    ...(override === undefined ? {} : { override }),
  })
}

/** The folder that imported packs go to; it need not exist yet. */
export function installedPacksFolder(): string {
  return placesOf(starterPackFolder).installed
}

export function openPacks(shippedPackFolder: string = starterPackFolder): PackStore {
  return createPackStore(placesOf(shippedPackFolder))
}
