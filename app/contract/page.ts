/** Keyset pagination: hand `nextCursor` back to get what follows; null = the end. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}
export interface PageRequest {
  /** Words to find in prompts (full text, as you type); empty = everything. */
  readonly query?: string
  readonly cursor?: string | null
  /** 1–500, default 100. */
  readonly limit?: number
}
