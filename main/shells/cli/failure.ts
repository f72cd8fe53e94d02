import { StudioError, type ErrorCode } from '#app/contract/errors.ts'

import { Refusal, type Rule } from '#main/packs/import/readers/refusal.ts'

import { exitCodes } from './context.ts'
import { printable } from './printable.ts'

/** One thing to do about each kind of failure. */
const advice: Readonly<Record<ErrorCode, string>> = {
  invalidRequest: 'Add --help to the command to see what is allowed.',
  notFound:
    'Check the name. Pictures are listed by `easel library list`, copies of the database by `easel library backups`, packs by `easel packs list`.',
  packInvalid: 'Install the pack again, or choose another one with --pack.',
  packMissing: 'See the installed packs with: easel packs list',
  outOfMemory: 'Ask for fewer --candidates, or close other programs.',
  engineDied: 'Try again; if it happens again, ask for fewer --candidates or choose another --pack.',
  engineTimeout: 'Try again; if it happens again, ask for fewer --candidates or choose another --pack.',
  libraryDamaged: 'Put it right with: easel library repair',
  libraryReadOnly:
    'If a newer Easel wrote it, use that one; else choose a folder that can be written to with --library.',
  libraryLocked:
    'Close the other Easel, or choose another folder with --library. `library list` and `search` work meanwhile.',
  storageFull: 'Free some space, or choose a folder on another disk with --library.',
  storageFailed: 'Check the disk and the rights of the folder, or choose another one with --library.',
  notAllowed: 'Add --help to the command to see what is allowed.',
  internal: 'This is a fault of Easel: please report it, with what EASEL_DEBUG=1 shows.',
}

/** A checkpoint that was refused: what to do depends on what is wrong with it. */
function adviceOnCheckpoint(rule: Rule): string {
  switch (rule) {
    case 'family-unknown':
    case 'format-unknown':
      return 'See which files belong to a model with: easel import --help; docs/checkpoints.md lists every family.'
    case 'family-mismatch':
    case 'tokenizer-file':
      return 'Name all files of the model in one command; docs/checkpoints.md lists them for every family.'
    case 'truncated':
    case 'checksum':
      return 'Fetch the file again: it is incomplete or damaged. Nothing was installed.'
    default:
      return 'Fetch the file again from where it was published; a sound checkpoint breaks no rule. Nothing was installed.'
  }
}

/** One sentence, one thing to do, and the exit code that goes with them. */
export function describeFailure(
  error: unknown,
  isDebugging: boolean,
): { readonly text: string; readonly exitCode: number } {
  const code = error instanceof StudioError ? error.code : 'internal'
  const message = error instanceof Error ? error.message : String(error)
  const stack = isDebugging && error instanceof Error ? `${error.stack ?? ''}\n` : ''
  const todo = error instanceof Refusal ? adviceOnCheckpoint(error.rule) : advice[code]
  return {
    text: `easel: ${printable(message)}\n${todo}\n${stack}`,
    exitCode: code === 'invalidRequest' ? exitCodes.wrongUsage : exitCodes.failed,
  }
}
