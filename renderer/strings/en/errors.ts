import type { ErrorCode } from '#app/contract/errors.ts'
import type { GenerationState } from '#app/domain/generation.ts'

/** What to say of an error, and the one thing to do about it. */
export interface ErrorText {
  readonly sentence: string
  readonly action: string
}

export const errors: Record<ErrorCode, ErrorText> = {
  invalidRequest: {
    sentence: 'The studio cannot work with this request.',
    action: 'Change what the details name, then try again.',
  },
  notFound: { sentence: 'This is not in the library any more.', action: 'Reload the page to see what is.' },
  packInvalid: { sentence: 'A pack did not pass its check.', action: 'Install the pack again.' },
  packMissing: { sentence: 'There is no pack to draw with.', action: 'Install a pack, then try again.' },
  outOfMemory: { sentence: 'There is not enough memory for this run.', action: 'Ask for fewer candidates.' },
  engineDied: {
    sentence: 'The engine stopped in the middle of its work.',
    action: 'Try again; finished pictures are kept.',
  },
  engineTimeout: {
    sentence: 'The engine stopped answering and was ended.',
    action: 'Try again with fewer candidates.',
  },
  libraryDamaged: {
    sentence: 'The library file is damaged.',
    action: 'Restart Easel: it repairs the library when it opens.',
  },
  libraryReadOnly: {
    sentence: 'The library folder cannot be written to.',
    action: 'Allow writing to the folder, then restart Easel.',
  },
  libraryLocked: { sentence: 'Another Easel has this library open.', action: 'Close the other one.' },
  storageFull: { sentence: 'The disk is full.', action: 'Free some space, then try again.' },
  storageFailed: { sentence: 'The disk did not take the picture.', action: 'Check the disk, then try again.' },
  notAllowed: { sentence: 'The studio refused this page.', action: 'Open Easel again from where you started it.' },
  internal: {
    sentence: 'Something went wrong that should not.',
    action: 'Try again; if it stays, report the details.',
  },
}

export const states: Record<GenerationState, string> = {
  queued: 'Waiting',
  running: 'Drawing',
  finished: 'Finished',
  cancelled: 'Cancelled',
  failed: 'Failed',
}
