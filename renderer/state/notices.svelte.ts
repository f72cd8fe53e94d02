import { StudioError, type ErrorCode } from '#app/contract/errors.ts'

export interface Notice {
  readonly number: number
  readonly code: ErrorCode
  /** What exactly went wrong, in the words of the part that failed. */
  readonly detail: string
  /** Easel has seen to it already: there is nothing to do. */
  readonly isMended: boolean
}

/** What went wrong and has not been dismissed; newest last, at most three. */
export class Notices {
  #items = $state.raw<readonly Notice[]>([])
  #count = 0

  get items(): readonly Notice[] {
    return this.#items
  }

  report(error: unknown, isMended = false): void {
    const code = error instanceof StudioError ? error.code : 'internal'
    const detail = error instanceof Error ? error.message : String(error)
    if (this.#items.some((notice) => notice.code === code && notice.detail === detail)) return
    this.#count += 1
    this.#items = [...this.#items, { number: this.#count, code, detail, isMended }].slice(-3)
  }

  dismiss(number: number): void {
    this.#items = this.#items.filter((notice) => notice.number !== number)
  }

  dismissLast(): boolean {
    if (this.#items.length === 0) return false
    this.#items = this.#items.slice(0, -1)
    return true
  }

  /** Runs an action started by the user; a failure becomes a notice and undefined. */
  async guard<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action()
    } catch (error) {
      this.report(error)
      return undefined
    }
  }
}
