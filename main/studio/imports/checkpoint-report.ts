import type { CheckpointReport, UpscalerPackageReport } from '#app/domain/checkpoint.ts'
import { describeKeys } from '#main/packs/import/doctor/key-map.ts'
import type { ImportReport } from '#main/packs/import/doctor/report.ts'
import type { UpscalerReport } from '#main/packs/import/upscalers/import-upscaler.ts'

/** A list of every tensor of a foreign file helps nobody. */
const maxNames = 100

/** The doctor's report as a page gets it. */
export function toCheckpointReport({ family: _, pack: _pack, ...facts }: ImportReport): CheckpointReport {
  return {
    ...{ kind: 'checkpoint', ...facts },
    parts: facts.parts.map(({ kind, familyName, reason, keys }) => ({
      ...{ kind, familyName, reason },
      keys: describeKeys(keys),
    })),
    missing: facts.missing.slice(0, maxNames),
    extra: facts.extra.slice(0, maxNames),
  }
}

/** What an npm package holds, as a page gets it. */
export function toUpscalerReport({
  source,
  licence,
  attribution,
  scales,
  parameters,
}: UpscalerReport): UpscalerPackageReport {
  const name = source.replace(/^@[^/]+\//, '').replace(/ .*$/, '')
  return { kind: 'upscaler', source, name, licence: { name: licence, sources: attribution }, scales, parameters }
}
