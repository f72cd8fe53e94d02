import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'

import { writeWhole } from './write-whole.ts'

/**
 * Copies a file to a name that is not taken, whole or not at all.
 * @returns false when there is something under this name already, which is left as it is
 */
export const copyWhole = (file: string, target: string): Promise<boolean> =>
  writeWhole(target, (part) => copyFile(file, part, constants.COPYFILE_EXCL))
