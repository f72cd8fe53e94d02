import envPaths from 'env-paths'
import { join, resolve } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** The user's data folder: `~/.local/share/easel` on Linux, and its like elsewhere. */
export function dataFolder(): string {
  return envPaths('easel', { suffix: '' }).data
}

/** A flag comes before `EASEL_LIBRARY`, that before the data folder. Always absolute. */
export function libraryFolder(environment: Environment, flag?: string): string {
  const asked = [flag, environment['EASEL_LIBRARY']].find((folder) => folder !== undefined && folder !== '')
  return resolve(asked ?? join(dataFolder(), 'library'))
}
