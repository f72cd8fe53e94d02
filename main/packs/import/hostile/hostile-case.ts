import type { Rule } from '../readers/refusal.ts'

/** A file that must be refused, and by which rule. */
export interface HostileCase {
  readonly name: string
  /** What the file is called; it may lie. */
  readonly fileName: string
  readonly rule: Rule
  readonly bytes: () => Uint8Array
  /** Makes the file appear this long: a hole at its end that takes no disk. */
  readonly sparseBytes?: number
}
