import type { z } from 'zod'

/** The part of `localStorage` that is used; a test or a page without storage brings its own. */
export type Keeper = Pick<Storage, 'getItem' | 'setItem'>

/** What was kept under `key`, or the fallback when there is nothing, or nothing that the schema knows. */
export function readKept<T>(keeper: Keeper, key: string, schema: z.ZodType<T>, fallback: T): T {
  try {
    const text = keeper.getItem(key)
    if (text === null) return fallback
    const parsed = schema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : fallback
  } catch {
    return fallback
  }
}

/** Keeps a value; a full or forbidden storage is no reason to fail, the setting then lasts as long as the page. */
export function keep(keeper: Keeper, key: string, value: unknown): void {
  try {
    keeper.setItem(key, JSON.stringify(value))
  } catch {
    return
  }
}
