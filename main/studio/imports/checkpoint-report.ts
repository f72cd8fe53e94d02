import type { CheckpointReport } from '#app/domain/checkpoint.ts'
import { describeKeys } from '#main/packs/import/doctor/key-map.ts'
import type { ImportReport } from '#main/packs/import/doctor/report.ts'

/** A list of every tensor of a foreign file helps nobody. */
const maxNames = 100

/** The doctor's report as a page gets it. */
export function toCheckpointReport({ family: _, pack: _pack, ...facts }: ImportReport): CheckpointReport {
  return {
    ...facts,
    parts: facts.parts.map(({ kind, familyName, reason, keys }) => ({
      ...{ kind, familyName, reason },
      keys: describeKeys(keys),
    })),
    missing: facts.missing.slice(0, maxNames),
    extra: facts.extra.slice(0, maxNames),
  }
}
