import type { StudioApi } from '#app/contract/studio-api.ts'
import type { Studio } from '#main/studio/studio.ts'

/** What a shell serves; the rest of the studio is for the command line. */
export interface StudioServer extends Pick<Studio, 'subscribe' | 'readResource' | 'close'> {
  readonly api: StudioApi
}
