import type { ClipPackState, RescoringState } from '#app/contract/library-calls.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { BackupInfo, RebuildReport, RepairReport, VerifyReport } from '#app/domain/library-health.ts'

import type { Connection } from './connection.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** What the last action of care has found or done. */
export type CareResult =
  | { readonly kind: 'verified'; readonly report: VerifyReport }
  | { readonly kind: 'rebuilt'; readonly report: RebuildReport }
  | { readonly kind: 'repaired' | 'restored'; readonly report: RepairReport }

/** Checks and repairs of the library, its backups, and the CLIP pack whose scores are shown. */
export class LibraryCare {
  readonly #connection: Connection
  readonly #notices: Notices
  #backups = $state.raw<readonly BackupInfo[]>([])
  #clipPacks = $state.raw<readonly ClipPackState[]>([])
  #rescoring = $state.raw<RescoringState | null>(null)
  #result = $state.raw<CareResult | null>(null)
  #isBusy = $state(false)

  constructor(connection: Connection, notices: Notices) {
    this.#connection = connection
    this.#notices = notices
    connection.listen((event) => {
      if (event.type === 'rescoringChanged') this.#rescoring = event.rescoring
    })
  }

  /** Newest first. */
  get backups(): readonly BackupInfo[] {
    return this.#backups
  }
  get clipPacks(): readonly ClipPackState[] {
    return this.#clipPacks
  }
  get rescoring(): RescoringState | null {
    return this.#rescoring
  }
  get result(): CareResult | null {
    return this.#result
  }
  /** One action at a time: each may take minutes, and some replace the database. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  async load(): Promise<void> {
    const { api } = this.#connection
    await this.#notices.guard(async () => {
      const answers = await Promise.all([api.listBackups(), api.listClipPacks(), api.getRescoring()])
      ;[this.#backups, this.#clipPacks, this.#rescoring] = answers
    })
  }

  verify(): Promise<void> {
    return this.#act(async (api) => ({ kind: 'verified', report: await api.verifyLibrary() }))
  }

  /** Takes in picture files that the database does not know. */
  rebuild(): Promise<void> {
    return this.#act(async (api) => ({ kind: 'rebuilt', report: await api.rebuildLibrary() }))
  }

  repair(): Promise<void> {
    return this.#act(async (api) => ({ kind: 'repaired', report: await api.repairLibrary() }))
  }

  restore(name: string): Promise<void> {
    return this.#act(async (api) => ({ kind: 'restored', report: await api.restoreBackup({ name }) }))
  }

  /** @param packId null: every picture shows the score of the pack that drew it */
  async chooseClipPack(packId: PackId | null): Promise<void> {
    await this.#notices.guard(async () => {
      this.#rescoring = await this.#connection.api.chooseClipPack({ packId })
    })
    await this.load()
  }

  async #act(action: (api: Connection['api']) => Promise<CareResult>): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    this.#result = null
    const result = await this.#notices.guard(() => action(this.#connection.api))
    this.#isBusy = false
    this.#result = result ?? null
    await this.load()
  }
}
