import { precisionsOf } from '#app/domain/pack.ts'

import type { DrawOptions } from './draw-answers.ts'
import type { Evaluation } from './evaluation.ts'

/** One row of the table: what was changed, and what the pack then drew, each at best of `candidates`. */
export interface SettingsRow {
  readonly change: string
  readonly judgeTop1: number | null
  readonly heldOut: number | null
  readonly objectColour: number | null
  readonly count: number | null
  readonly relation: number | null
  /** Root mean square distance between two candidates of one prompt, on 32 px thumbnails in [0, 1]. */
  readonly variety: number
}

type Change = Partial<Pick<DrawOptions, 'precision' | 'settings'>>

/** The settings of the pack, and one thing changed at a time. */
function changesOf({ manifest }: DrawOptions): readonly (readonly [string, Change])[] {
  const { temperature, topP, guidanceScale } = manifest.sampling
  const own = `as the pack says (temperature ${temperature}, top-p ${topP}, guidance ${guidanceScale}), fp32`
  return [
    [own, { precision: 'fp32' }],
    ...precisionsOf(manifest)
      .filter((precision) => precision !== 'fp32')
      .map((precision) => [precision, { precision }] as const),
    ...[0.4, 0.85, 1].map((value) => [`temperature ${value}`, { settings: { temperature: value } }] as const),
    ['temperature 1, top-p 1', { settings: { temperature: 1, topP: 1 } }],
    ...[1, 1.5, 2.5, 4]
      .filter((value) => value !== guidanceScale)
      .map((value) => [`guidance ${value}`, { settings: { guidanceScale: value } }] as const),
  ]
}

/** Draws and measures under every change; `evaluateWith` draws the questions with the options it gets. */
export async function measureSettings(
  options: DrawOptions,
  evaluateWith: (options: DrawOptions) => Promise<Evaluation>,
): Promise<readonly SettingsRow[]> {
  const rows: SettingsRow[] = []
  for (const [change, changed] of changesOf(options)) {
    const found = await evaluateWith({ ...options, ...changed })
    const at = String(options.candidates)
    rows.push({
      change,
      judgeTop1: found.judgeTop1[at] ?? null,
      heldOut: found.heldOut['judgeTop1']?.[at] ?? null,
      objectColour: found.objectColour[at] ?? null,
      count: found.count?.[at] ?? null,
      relation: found.relation?.[at] ?? null,
      variety: found.variety,
    })
  }
  return rows
}
