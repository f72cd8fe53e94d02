import type { CheckpointReport } from '#app/domain/checkpoint.ts'
import { describeKeys } from '#main/packs/import/doctor/key-map.ts'
import type { ImportReport } from '#main/packs/import/doctor/report.ts'
import { families } from '#main/packs/import/families/mapped-part.ts'

/** A list of every tensor of a foreign file helps nobody. */
const maxNames = 100

/** The doctor's report as a page gets it. */
export function toCheckpointReport(report: ImportReport): CheckpointReport {
  const { familyName, missing, extra, licence, sha256, parameters, memoryBytes, secondsPerPicture } = report
  const { textVocabulary: _, ...geometry } = report.geometry
  return {
    ...{ familyName, geometry, licence, sha256, parameters, memoryBytes, secondsPerPicture },
    parts: report.parts.map(({ kind, family, reason, keys }) => ({
      ...{ kind, familyName: families[family], reason },
      keys: describeKeys(keys),
    })),
    missing: missing.slice(0, maxNames),
    extra: extra.slice(0, maxNames),
  }
}
