import type { CheckpointFacts } from '#app/domain/checkpoint.ts'

import type { FamilyId } from '../families/mapped-part.ts'
import type { KeyMapping } from '../families/weight-plan.ts'

/** What an import finds out about a checkpoint, before it does anything (`easel import --dry-run --json`), and then what it installed. */
export interface ImportReport extends CheckpointFacts<KeyMapping> {
  readonly family: FamilyId
  readonly parts: readonly (CheckpointFacts<KeyMapping>['parts'][number] & { readonly family: FamilyId })[]
  /** The installed pack; null after a dry run. */
  readonly pack: { readonly id: string; readonly folder: string; readonly isNew: boolean } | null
}
