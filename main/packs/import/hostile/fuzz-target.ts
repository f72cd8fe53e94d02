import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import type { Rule } from '../readers/refusal.ts'

import { examine } from './examine.ts'
import { readBytes } from './read-bytes.ts'
import { withChecksums } from './tar-maker.ts'

/**
 * What becomes of a mutated file of one of the good formats. Bundles are unpacked from a file in `folder`: `bundle` is mutated after it was
 * compressed, `tar` before; the others are read from memory. Throws for anything but a refusal: that is a bug of the reader.
 */
export async function outcomeOf(format: string, bytes: Uint8Array, folder: string): Promise<Rule | 'accepted'> {
  if (format !== 'bundle' && format !== 'tar') return readBytes(bytes)
  const path = join(folder, 'bundle.tar.gz')
  await writeFile(path, format === 'bundle' ? bytes : gzipSync(withChecksums(bytes), { level: 1 }))
  const { rule, message } = await examine(path, folder)
  if (rule === 'untyped') throw new Error(message)
  return rule
}
