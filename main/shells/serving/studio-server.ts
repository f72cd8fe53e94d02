import type { Studio } from '#main/studio/studio.ts'

/** What a shell serves; the rest of the studio is for the command line. */
export type StudioServer = Pick<Studio, 'api' | 'subscribe' | 'readResource' | 'close'>
