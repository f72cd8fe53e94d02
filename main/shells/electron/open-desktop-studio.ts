import type { PictureId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { UpscalerSummary } from '#app/domain/upscaler.ts'
import { engineEnvironment } from '#main/engine/engine-environment.ts'
import { utilityEngine } from '#main/engine/utility-engine.ts'
import type { OpenStudioOptions } from '#main/studio/open-studio.ts'
import type { StudioLog } from '#main/studio/parts.ts'
import type { StudioServer } from '../serving/studio-server.ts'
import { chooseImportFiles } from './choose-files.ts'
import type { DesktopStudio } from './desktop-studio.ts'
import type { Electron } from './electron-module.ts'

export interface DesktopStudioParts {
  readonly openStudio: (options: OpenStudioOptions) => Promise<StudioServer & { pictureFile(id: PictureId): string }>
  /** The same studio, written down. */
  readonly logged: (studio: StudioServer) => StudioServer
  readonly installPackFile: (file: string) => Promise<PackSummary | UpscalerSummary>
  readonly shippedPackFolder: string
  /** What runs in the engine's process. */
  readonly engineFile: string
  readonly log: StudioLog
  readonly recentLog: (lines: number) => readonly string[]
}

/** The studio with what only Electron has for it: an engine in a utility process, and the system's dialog for the files of a checkpoint. */
export async function openDesktopStudio(
  electron: Pick<Electron, 'utilityProcess' | 'dialog' | 'BrowserWindow'>,
  parts: DesktopStudioParts,
): Promise<DesktopStudio> {
  const { shippedPackFolder, engineFile, log, recentLog } = parts
  const studio = await parts.openStudio({
    ...{ shell: 'electron', shippedPackFolder, log, recentLog },
    spawnEngine: () => {
      const options = { serviceName: 'Easel engine', env: engineEnvironment() }
      return utilityEngine(electron.utilityProcess.fork(engineFile, [], options))
    },
    chooseImportFiles: () => chooseImportFiles(electron),
  })
  return {
    ...parts.logged(studio),
    pictureFile: (id) => studio.pictureFile(id),
    installPackFile: parts.installPackFile,
  }
}
