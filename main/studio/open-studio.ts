import type { StudioInfo } from '#app/contract/studio-api.ts'
import type { Engine } from '#main/engine/engine.ts'
import { openLibrary } from '#main/library/open-library.ts'

import packageJson from '../../package.json' with { type: 'json' }
import { libraryFolder } from './data-folder.ts'
import type { Packs } from './packs-port.ts'
import type { StudioLog } from './parts.ts'
import { createStudio, type Studio } from './studio.ts'

export const easelVersion: string = packageJson.version

export interface OpenStudioOptions {
  readonly shell: StudioInfo['shell']
  readonly engine: Engine
  readonly packs: Packs
  /** Default: `EASEL_LIBRARY`, or `library` in the user's data folder. */
  readonly libraryFolder?: string
  /** `read` looks into a library that another Easel may be writing: nothing can be drawn. Default `write`. */
  readonly access?: 'read' | 'write'
  /** Default true: unfinished jobs go on at once. */
  readonly isResuming?: boolean
  /** Default true. */
  readonly isPreviewWanted?: boolean
  readonly log?: StudioLog
}

/**
 * The studio as every shell opens it: library, engine and packs of this machine.
 * @throws StudioError `libraryLocked` when another Easel has the library open for writing; whatever else the library says
 */
export async function openStudio(options: OpenStudioOptions): Promise<Studio> {
  const { access = 'write', libraryFolder: flag, ...rest } = options
  const folder = libraryFolder(process.env, flag)
  const library = await openLibrary({ folder, access, program: `Easel ${easelVersion} (${options.shell})` })
  const isResuming = library.access === 'write' && (options.isResuming ?? true)
  return createStudio({ ...rest, library, version: easelVersion, isResuming })
}
