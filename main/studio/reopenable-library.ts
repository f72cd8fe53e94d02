import { StudioError } from '#app/contract/errors.ts'
import type { StoredLibrary } from '#main/library/library.ts'

/** A library whose files can be put right while the studio stays open. */
export interface ReopenableLibrary {
  /** Always the one that is open; in between every call is refused with `libraryLocked`. */
  readonly library: StoredLibrary
  /** Closes the library, works on its files, and opens it again whatever came of it. One at a time. */
  whileClosed<Result>(work: () => Promise<Result>): Promise<Result>
}

export async function openReopenable(open: () => Promise<StoredLibrary>): Promise<ReopenableLibrary> {
  let current = await open()
  /** Why nothing can be asked of the library; null = it is open. */
  let refusal: StudioError | null = null
  let isCloseWanted = false

  const close = () => {
    isCloseWanted = true
    if (refusal === null) current.close()
  }
  const refuse = () => {
    throw refusal ?? new StudioError('internal', 'The library is open.')
  }
  const library = new Proxy(current, {
    get(_, name) {
      if (name === 'close') return close
      const value: unknown = Reflect.get(current, name)
      return refusal !== null && typeof value === 'function' ? refuse : value
    },
  })

  async function reopen(): Promise<void> {
    try {
      current = await open()
      refusal = null
      if (isCloseWanted) current.close()
    } catch (error) {
      refusal = error instanceof StudioError ? error : new StudioError('libraryDamaged', String(error))
    }
  }

  return {
    library,
    async whileClosed(work) {
      const isFailed = refusal !== null && refusal.code !== 'libraryLocked'
      if (refusal !== null && !isFailed) throw refusal
      if (!isFailed) current.close()
      refusal = new StudioError('libraryLocked', 'The library is being put right; ask again in a moment.')
      try {
        return await work()
      } finally {
        await reopen()
      }
    },
  }
}
