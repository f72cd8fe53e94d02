import type { PackSummary } from '#app/domain/pack.ts'
import type { UpscalerSummary } from '#app/domain/upscaler.ts'
import type { Studio } from '#main/studio/studio.ts'
import type { StudioServer } from '../serving/studio-server.ts'

/** What the Electron shell needs beyond what every shell serves; none of it is for a page. */
export interface DesktopStudio extends StudioServer, Pick<Studio, 'pictureFile'> {
  /** Checks and installs a pack that comes as one file. @throws StudioError `packInvalid` */
  installPackFile(file: string): Promise<PackSummary | UpscalerSummary>
}
