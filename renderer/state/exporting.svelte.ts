import {
  maxExportedPictures,
  plainUpscales,
  type ExportFormat,
  type ExportScale,
  type ExportUpscale,
} from '#app/contract/browsing-calls.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import type { Packs } from './packs.svelte.ts'
import { saveBlob } from './save-blob.ts'

/** `svg` is drawn by the page; the others come from the studio. */
export const exportKinds = ['png', 'webp', 'jpeg', 'svg'] as const
export type ExportKind = (typeof exportKinds)[number]

export interface ExportChoice {
  readonly kind: ExportKind
  readonly scale: ExportScale
  /** How larger sizes are made. */
  readonly upscale: ExportUpscale
  readonly hasReceipt: boolean
}

/** Pictures on their way out. */
export class Exporting {
  readonly #connection: Connection
  readonly #packs: Packs
  /** Of the export under way. */
  #exportId: string | undefined
  #progress = $state.raw<{ readonly done: number; readonly total: number } | null>(null)
  #pictures = $state.raw<readonly PictureSummary[]>([])
  #name = $state('')
  #choice = $state.raw<ExportChoice>({ kind: 'png', scale: 4, upscale: 'lanczos', hasReceipt: false })

  constructor(connection: Connection, packs: Packs) {
    this.#connection = connection
    this.#packs = packs
    connection.listen((event) => {
      if (event.type !== 'exportProgressed' || event.exportId !== this.#exportId) return
      this.#progress = { done: event.done, total: event.total }
    })
  }

  /** What the dialog is open for; empty = closed. */
  get pictures(): readonly PictureSummary[] {
    return this.#pictures
  }
  /** Of the folder in the archive, and of the contact sheet. */
  get name(): string {
    return this.#name
  }
  set name(name: string) {
    this.#name = name
  }
  get choice(): ExportChoice {
    return this.#choice
  }
  choose(changes: Partial<ExportChoice>): void {
    this.#choice = { ...this.#choice, ...changes }
  }
  /** Ids of the ways to enlarge to the chosen size: an upscaler knows a few sizes only. */
  get ways(): readonly ExportUpscale[] {
    const { scale } = this.#choice
    const able = this.#packs.upscalers.filter(({ scales }) => scales.some((known) => known === scale))
    return [...plainUpscales, ...able.map(({ id }) => id)]
  }
  /** The chosen one, while the chosen size has it. */
  get way(): ExportUpscale {
    return this.ways.find((id) => id === this.#choice.upscale) ?? 'lanczos'
  }
  /** Of the export under way; null = there is none. */
  get progress(): { readonly done: number; readonly total: number } | null {
    return this.#progress
  }
  get isTooMany(): boolean {
    return this.#pictures.length > maxExportedPictures
  }

  open(pictures: readonly PictureSummary[], name: string): void {
    this.#pictures = pictures
    this.#name = name
  }
  close(): void {
    this.#pictures = []
  }

  /** Saves pictures as chosen: one as a file, several as an archive. @returns false when it was cancelled */
  async save(pictures: readonly PictureSummary[], name: string = this.#name): Promise<boolean> {
    const { kind, scale, hasReceipt } = this.#choice
    if (kind === 'svg') {
      await this.#saveDrawings(pictures, name)
      return true
    }
    const format: ExportFormat = kind
    const exportId = crypto.randomUUID()
    this.#exportId = exportId
    this.#progress = { done: 0, total: pictures.length }
    try {
      const file = await this.#connection.api.exportPictures({
        pictureIds: pictures.map(({ id }) => id),
        ...{ format, scale, upscale: this.way, hasReceipt, exportId },
        ...(name.trim() === '' ? {} : { folder: name.trim().slice(0, 200) }),
      })
      if (file === null) return false
      const bytes = Uint8Array.from(atob(file.base64), (character) => character.charCodeAt(0))
      saveBlob(new Blob([bytes], { type: file.mediaType }), file.name)
      return true
    } finally {
      if (this.#exportId === exportId) {
        this.#exportId = undefined
        this.#progress = null
      }
    }
  }

  /** Ends the export under way, if there is one. */
  async cancel(): Promise<void> {
    if (this.#exportId !== undefined) await this.#connection.api.cancelExport({ exportId: this.#exportId })
  }

  async #saveDrawings(pictures: readonly PictureSummary[], name: string): Promise<void> {
    // Only who wants a drawing loads what draws it.
    const { traceToSvg } = await import('./trace-picture.ts')
    for (const [place, picture] of pictures.entries()) {
      const svg = await traceToSvg(this.#connection.pictureUrl(picture.id))
      const number = pictures.length === 1 ? '' : ` ${place + 1}`
      saveBlob(new Blob([svg], { type: 'image/svg+xml' }), `${fileName(name || picture.prompt)}${number}.svg`)
    }
  }
}

/** Letters, digits and spaces of any script: what every file system takes. */
export function fileName(text: string): string {
  const clean = text.replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ').trim()
  return clean.slice(0, 80).trim() || 'easel'
}
