import { readFile, stat } from 'node:fs/promises'

import type { Verification } from '#app/contract/editing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { RepairReport } from '#app/domain/library-health.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { EngineHost } from '#main/engine/host.ts'
import { repairLibrary, restoreBackup } from '#main/library/health/repair.ts'
import { readPictureMetadata } from '#main/library/png/picture-metadata.ts'
import { measureCacheRanges } from '#main/packs/golden/cache-ranges.ts'
import { drawGolden } from '#main/packs/golden/golden-runs.ts'
import { importCheckpoint, type ImportRequest } from '#main/packs/import/doctor/import-checkpoint.ts'
import type { ImportReport } from '#main/packs/import/doctor/report.ts'
import { importUpscaler, type UpscalerReport } from '#main/packs/import/upscalers/import-upscaler.ts'
import { isUpscalerPackage } from '#main/packs/import/upscalers/upscaler-package.ts'

import { checkPack, type CheckedPack } from './check-pack.ts'
import { libraryFolder } from './data-folder.ts'
import { engineFacts, packFacts, type Fact } from './facts.ts'
import { installedPacksFolder, openPacks, programName } from './open-studio.ts'
import { createPackLoader } from './pack-loader.ts'
import type { FoundPack, FoundUpscaler, Packs } from './packs-port.ts'
import { createQuarantine } from './quarantine.ts'
import { replay } from './replay.ts'

/** Nothing that Easel writes is larger. */
const maxPngBytes = 64 * 2 ** 20

/** What needs packs and an engine but no library: for the command line. */
export interface Tools {
  readonly packs: Packs & {
    /** Checks a copy of the folder and puts it in place of an installed pack of the same id. */
    install(folder: string): Promise<FoundPack | FoundUpscaler>
  }
  /** Replays the receipt that a PNG of Easel carries. @throws StudioError `invalidRequest` when it carries none */
  verifyFile(file: string): Promise<Verification>
  /** Draws the golden runs of a pack again on this machine. */
  checkPack(id: PackId): Promise<CheckedPack>
  /** The checkpoint doctor; an installed pack has drawn its golden runs. */
  importCheckpoint(request: Omit<ImportRequest, 'packsFolder' | 'measureCache' | 'drawGolden'>): Promise<ImportReport>
  /** The same for upscalers; null when the files are none, but those of a model that draws. */
  importUpscaler(request: {
    readonly files: readonly string[]
    readonly name?: string
    readonly isDryRun?: boolean
    readonly signal?: AbortSignal
  }): Promise<UpscalerReport | null>
  /** Puts a damaged library right. @param isForced also a sound one */
  repairLibrary(folder: string | undefined, isForced: boolean): Promise<RepairReport>
  /** Goes back to a backup of the database; newer pictures are taken in from their files. */
  restoreLibrary(folder: string | undefined, backup: string): Promise<RepairReport>
  /** What engine and packs are. */
  describe(): Promise<readonly Fact[]>
  close(): Promise<void>
}

/** The engine process starts with the first thing that needs it. */
export function openTools(): Tools {
  const packs = openPacks()
  const engine = new EngineHost(forkEngine)
  const quarantine = createQuarantine()
  return {
    packs,
    verifyFile: async (file) => {
      const receipt = await readReceipt(file)
      // In the precision that it was drawn in; nothing else is drawn here meanwhile.
      const loader = createPackLoader({ engine, packs, quarantine, wish: receipt.drawnOn?.precision })
      return replay({ engine, loader }, receipt)
    },
    checkPack: (id) => checkPack(engine, packs, id),
    importCheckpoint: (request) =>
      importCheckpoint({
        ...request,
        packsFolder: installedPacksFolder(),
        measureCache: (folder, manifest, signal) => measureCacheRanges(engine, folder, manifest, signal),
        drawGolden: (folder, manifest, watch) => drawGolden(engine, folder, manifest, watch),
      }),
    importUpscaler: async ({ files, ...request }) =>
      (await isUpscalerPackage(files))
        ? importUpscaler({ ...request, path: files[0] ?? '', packsFolder: installedPacksFolder() })
        : null,
    repairLibrary: (folder, isForced) => repairLibrary({ ...libraryOptions(folder), isForced }),
    restoreLibrary: (folder, backup) => restoreBackup(libraryOptions(folder), backup),
    describe: async () => [...(await engineFacts(engine)), ...(await packFacts(packs))],
    close: () => engine.close(),
  }
}

function libraryOptions(folder: string | undefined) {
  return { folder: libraryFolder(process.env, folder), program: programName('cli') }
}

async function readReceipt(file: string) {
  const receipt = readPictureMetadata(await readPng(file))
  if (receipt !== undefined && receipt.origin === 'easel') return receipt
  throw new StudioError(
    'invalidRequest',
    `${file} carries no receipt of Easel: only pictures that Easel drew can be verified.`,
  )
}

async function readPng(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size <= maxPngBytes) return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('notFound', `${file} cannot be read: ${reason}.`, { cause })
  }
  throw new StudioError(
    'invalidRequest',
    `${file} is larger than ${maxPngBytes / 2 ** 20} MiB; Easel writes no such pictures.`,
  )
}
