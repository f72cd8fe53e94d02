import { randomUUID } from 'node:crypto'

import { StudioError, toWireError } from '#app/contract/errors.ts'
import type { CheckpointImport, ImportFileId, ImportId, ImportProgress } from '#app/domain/checkpoint.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { StoredPrecision } from '#app/domain/pack.ts'
import type { ImportReport } from '#main/packs/import/doctor/report.ts'
import type { UpscalerReport } from '#main/packs/import/upscalers/import-upscaler.ts'

import { toCheckpointReport, toUpscalerReport } from './checkpoint-report.ts'
import type { ImportFiles } from './import-files.ts'

/** The checkpoint doctor as the studio uses it; of an npm package of upscalers, what makes packs of those. */
export type RunImport = (request: {
  readonly files: readonly string[]
  readonly isDryRun: boolean
  readonly name?: string
  readonly precision?: StoredPrecision
  readonly signal: AbortSignal
  readonly onProgress: (progress: ImportProgress) => void
}) => Promise<ImportReport | UpscalerReport>

export interface InstallWishes {
  readonly acceptedLicence: string
  readonly name?: string
  readonly precision?: StoredPrecision
}

/** One import at a time, from its files to an installed pack. */
export interface ImportDesk {
  /** @throws StudioError `invalidRequest` while another import works, or for files that have not arrived */
  examine(fileIds: readonly ImportFileId[]): CheckpointImport
  /** @throws StudioError `invalidRequest` unless the import was examined, is whole, and its licence is the accepted one */
  install(id: ImportId, wishes: InstallWishes): CheckpointImport
  /** Resolves when nothing of it is left. */
  cancel(id: ImportId): Promise<void>
  readonly current: CheckpointImport | null
  /** Resolves when nothing works. */
  whenIdle(): Promise<void>
  close(): Promise<void>
}

/** Progress comes with every tensor; a page is told a few times a second. */
const tellEveryMs = 200

export function createImportDesk(parts: {
  readonly files: ImportFiles
  readonly run: RunImport
  readonly onChange: (current: CheckpointImport | null) => void
  readonly onInstalled: () => void
}): ImportDesk {
  const { files, run, onChange, onInstalled } = parts
  let current: CheckpointImport | null = null
  let work: { readonly controller: AbortController; readonly done: Promise<void> } | undefined

  function show(next: CheckpointImport | null): void {
    current = next
    onChange(next)
  }
  function change(changes: Partial<CheckpointImport>): void {
    if (current !== null) show({ ...current, ...changes })
  }

  /** @param before what to go back to when a wish cannot be granted */
  function start(
    paths: readonly string[],
    isDryRun: boolean,
    wishes: Omit<InstallWishes, 'acceptedLicence'>,
    before: CheckpointImport,
  ): void {
    const controller = new AbortController()
    let told = { at: -Infinity, stage: '' }
    const onProgress = (progress: ImportProgress): void => {
      const now = performance.now()
      if (progress.stage === told.stage && now - told.at < tellEveryMs) return
      told = { at: now, stage: progress.stage }
      change({ progress })
    }
    const done = run({ ...wishes, files: paths, isDryRun, signal: controller.signal, onProgress })
      .then((report) => finish(report))
      .catch((error: unknown) => fail(error, controller.signal, before))
      .finally(() => {
        work = undefined
      })
    work = { controller, done }
  }

  async function finish(report: ImportReport | UpscalerReport): Promise<void> {
    const progress = null
    if (report.pack === null) {
      const examined = 'kind' in report ? toUpscalerReport(report) : toCheckpointReport(report)
      return change({ state: 'examined', progress, report: examined })
    }
    await files.drop((current?.files ?? []).map(({ id }) => id))
    change({ state: 'installed', progress, packId: report.pack.id as PackId })
    onInstalled()
  }

  async function fail(error: unknown, signal: AbortSignal, before: CheckpointImport): Promise<void> {
    if (signal.aborted) {
      await files.drop((current?.files ?? []).map(({ id }) => id))
      return change({ state: 'cancelled', progress: null })
    }
    const { code, message } = toWireError(error)
    // A name that is taken is no reason to read everything again.
    const isWish = code === 'invalidRequest' && before.state === 'examined'
    change({ state: isWish ? 'examined' : 'failed', progress: null, error: { code, message } })
  }

  async function forget(): Promise<void> {
    const ids = (current?.files ?? []).map(({ id }) => id)
    show(null)
    await files.drop(ids)
  }

  return {
    examine(fileIds) {
      if (work !== undefined) throw new StudioError('invalidRequest', 'Another import is at work; cancel it first.')
      const next: CheckpointImport = {
        ...{ id: randomUUID() as ImportId, state: 'examining', files: fileIds.map((id) => files.find(id)) },
        ...{ progress: null, report: null, error: null, packId: null },
      }
      const paths = fileIds.map((id) => files.pathOf(id))
      const old = (current?.files ?? []).filter(({ id }) => !fileIds.includes(id))
      show(next)
      start(paths, true, {}, next)
      void files.drop(old.map(({ id }) => id))
      return next
    },

    install(id, { acceptedLicence, ...wishes }) {
      const examined = current
      if (examined?.id !== id || examined.state !== 'examined' || examined.report === null)
        throw new StudioError(
          'invalidRequest',
          'Only an import that was examined, and is not at work, can be installed.',
        )
      const { licence } = examined.report
      if (examined.report.kind === 'checkpoint' && examined.report.missing.length + examined.report.extra.length > 0)
        throw new StudioError('invalidRequest', 'Tensors are missing or left over, so there is nothing to install.')
      if (acceptedLicence !== licence.name)
        throw new StudioError('invalidRequest', `Accept its licence first: "${licence.name}".`)
      const paths = examined.files.map((file) => files.pathOf(file.id))
      const next: CheckpointImport = { ...examined, state: 'installing', error: null }
      show(next)
      start(paths, false, wishes, examined)
      return next
    },

    async cancel(id) {
      if (current?.id !== id) return
      if (work === undefined) return forget()
      work.controller.abort()
      await work.done
    },

    get current() {
      return current
    },
    async whenIdle() {
      await work?.done
    },
    async close() {
      work?.controller.abort()
      await work?.done
      await files.close()
    },
  }
}
