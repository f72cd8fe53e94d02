import { StudioError, type ErrorCode } from '#app/contract/errors.ts'
import type { CheckpointImport, ImportFile, ImportFileId } from '#app/domain/checkpoint.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { StoredPrecision } from '#app/domain/pack.ts'

import type { Connection } from './connection.svelte.ts'

/** Bytes of a file that travel in one call. */
const partBytes = 4 * 2 ** 20

/** Where the dialog stands: choosing files, waiting, reading the report, or at one of the ends. */
export type ImportStep = 'files' | 'working' | 'report' | 'installed' | 'failed' | 'cancelled'

/** A checkpoint on its way to a pack. The work goes on when the dialog is closed, and in another window. */
export class CheckpointImports {
  readonly #connection: Connection
  #isOpen = $state(false)
  #files = $state.raw<readonly ImportFile[]>([])
  #current = $state.raw<CheckpointImport | null>(null)
  #problem = $state.raw<{ readonly code: ErrorCode; readonly message: string } | null>(null)
  #uploads = $state(0)

  constructor(connection: Connection) {
    this.#connection = connection
    connection.listen((event) => {
      if (event.type === 'importChanged') this.#current = event.import
    })
    connection.onReconnect(() => void this.#ask())
  }

  get isOpen(): boolean {
    return this.#isOpen
  }
  /** Chosen and not yet examined, in the order they came. */
  get files(): readonly ImportFile[] {
    return this.#files
  }
  get current(): CheckpointImport | null {
    return this.#current
  }
  /** What the last action of this window came to; the failure of the work itself is in `current`. */
  get problem(): { readonly code: ErrorCode; readonly message: string } | null {
    return this.#problem ?? this.#current?.error ?? null
  }
  get isUploading(): boolean {
    return this.#uploads > 0
  }
  get canExamine(): boolean {
    const isWhole = this.#files.every(({ bytes, receivedBytes }) => receivedBytes === bytes)
    return this.#files.length > 0 && isWhole && !this.isUploading
  }
  get step(): ImportStep {
    switch (this.#current?.state) {
      case undefined:
        return 'files'
      case 'examining':
      case 'installing':
        return 'working'
      case 'examined':
        return 'report'
      case 'installed':
      case 'failed':
      case 'cancelled':
        return this.#current.state
    }
  }

  async open(): Promise<void> {
    this.#isOpen = true
    this.#problem = null
    await this.#ask()
  }

  /** What works goes on; what has ended is forgotten. */
  async close(): Promise<void> {
    this.#isOpen = false
    if (this.step !== 'working' && this.step !== 'report') await this.startOver()
  }

  /** @returns false when the shell has no dialog of its own: the page must ask for files itself */
  async chooseInShell(): Promise<boolean> {
    const chosen = await this.#try(() => this.#connection.api.chooseImportFiles())
    if (chosen === null || chosen === undefined) return false
    this.#files = [...this.#files, ...chosen]
    return true
  }

  /** Copies files to the studio, one after another. */
  async upload(chosen: Iterable<File>): Promise<void> {
    this.#uploads += 1
    await this.#try(async () => {
      for (const file of chosen) await this.#uploadOne(file)
    })
    this.#uploads -= 1
  }

  async remove(fileId: ImportFileId): Promise<void> {
    this.#files = this.#files.filter(({ id }) => id !== fileId)
    await this.#try(() => this.#connection.api.dropImportFiles({ fileIds: [fileId] }))
  }

  async examine(): Promise<void> {
    const fileIds = this.#files.map(({ id }) => id)
    const started = await this.#try(() => this.#connection.api.examineCheckpoint({ fileIds }))
    if (started === undefined) return
    this.#files = []
    this.#learn(started)
  }

  async install(wishes: { acceptedLicence: string; name?: string; precision?: StoredPrecision }): Promise<void> {
    const importId = this.#current?.id
    if (importId === undefined) return
    const started = await this.#try(() => this.#connection.api.installCheckpoint({ importId, ...wishes }))
    if (started !== undefined) this.#learn(started)
  }

  /** Stops what works; nothing of it stays. */
  async cancel(): Promise<void> {
    const importId = this.#current?.id
    if (importId !== undefined) await this.#try(() => this.#connection.api.cancelImport({ importId }))
  }

  /** Back to choosing files. */
  async startOver(): Promise<void> {
    const importId = this.#current?.id
    const fileIds = this.#files.map(({ id }) => id)
    this.#files = []
    this.#current = null
    if (importId !== undefined) await this.#try(() => this.#connection.api.cancelImport({ importId }))
    if (fileIds.length > 0) await this.#try(() => this.#connection.api.dropImportFiles({ fileIds }))
    this.#problem = null
  }

  async removePack(packId: PackId): Promise<void> {
    await this.#connection.api.removePack({ packId })
  }

  async #ask(): Promise<void> {
    const current = await this.#try(() => this.#connection.api.getImport())
    if (current !== undefined) this.#current = current
  }

  /** The answer to a call can come after the event of what happened next. */
  #learn(started: CheckpointImport): void {
    if (this.#current?.id !== started.id || this.#current.state === 'examined') this.#current = started
  }

  async #uploadOne(file: File): Promise<void> {
    const { api } = this.#connection
    let held = await api.beginUpload({ name: file.name, bytes: file.size })
    this.#files = [...this.#files, held]
    const isWanted = (): boolean => this.#files.some(({ id }) => id === held.id)
    while (held.receivedBytes < file.size && isWanted()) {
      const offset = held.receivedBytes
      const base64 = await toBase64(file.slice(offset, offset + partBytes))
      try {
        held = await api.uploadPart({ fileId: held.id, offset, base64 })
      } catch (error) {
        // Taken out meanwhile: nobody waits for the rest.
        if (isWanted()) throw error
      }
      const arrived = held
      this.#files = this.#files.map((other) => (other.id === arrived.id ? arrived : other))
    }
  }

  async #try<T>(action: () => Promise<T>): Promise<T | undefined> {
    this.#problem = null
    try {
      return await action()
    } catch (error) {
      const code = error instanceof StudioError ? error.code : 'internal'
      this.#problem = { code, message: error instanceof Error ? error.message : String(error) }
      return undefined
    }
  }
}

async function toBase64(part: Blob): Promise<string> {
  const bytes = new Uint8Array(await part.arrayBuffer())
  let text = ''
  for (let start = 0; start < bytes.length; start += 8192)
    text += String.fromCharCode(...bytes.subarray(start, start + 8192))
  return btoa(text)
}
