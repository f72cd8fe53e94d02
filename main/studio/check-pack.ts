import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { goldenSchema } from '#app/domain/golden.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackCheck } from '#app/domain/pack-check.ts'
import type { Engine } from '#main/engine/engine.ts'
import { compareGolden, type GoldenComparison } from '#main/packs/golden/golden-runs.ts'
import { isGoodShare } from '#main/packs/golden/golden-share.ts'
import type { PackStore } from '#main/packs/store/pack-store.ts'

import type { FoundPack } from './packs-port.ts'

export interface CheckedPack {
  readonly pack: FoundPack
  readonly runs: readonly GoldenComparison[]
}

/** Draws the golden runs of a pack again on this machine. @throws StudioError as `packs.find` and the engine do */
export async function checkPack(engine: Engine, packs: PackStore, id: PackId): Promise<CheckedPack> {
  const pack = await packs.find(id)
  const file = pack.manifest.golden
  if (file === undefined) return { pack, runs: [] }
  const golden = goldenSchema.parse(JSON.parse(await readFile(join(pack.folder, file), 'utf8')))
  return { pack, runs: await compareGolden(engine, pack.folder, pack.manifest, golden) }
}

/** The same as a page gets it. */
export function toPackCheck({ runs }: Pick<CheckedPack, 'runs'>): PackCheck {
  return {
    runs: runs.map(({ run: { precision, prompt }, equalShare }) => ({ precision, prompt, equalShare })),
    isGood: runs.every(({ equalShare }) => isGoodShare(equalShare)),
    where: [...new Set(runs.map(({ where = '' }) => where))].join(' '),
  }
}
