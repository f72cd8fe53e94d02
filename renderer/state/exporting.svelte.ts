import { maxExportedPictures, type ExportFormat, type ExportScale } from '#app/contract/browsing-calls.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import type { Connection } from './connection.svelte.ts'
import { saveBlob } from './save-blob.ts'

/** `svg` is drawn by the page; the others come from the studio. */
export const exportKinds = ['png', 'webp', 'jpeg', 'svg'] as const
export type ExportKind = (typeof exportKinds)[number]

export interface ExportChoice {
  readonly kind: ExportKind
  readonly scale: ExportScale
  /** Between the pixels of larger sizes; otherwise each becomes a square. */
  readonly isSmooth: boolean
  readonly hasReceipt: boolean
}

/** Pictures on their way out. */
export class Exporting {
  readonly #connection: Connection
  #pictures = $state.raw<readonly PictureSummary[]>([])
  #name = $state('')
  #choice = $state.raw<ExportChoice>({ kind: 'png', scale: 4, isSmooth: false, hasReceipt: false })

  constructor(connection: Connection) {
    this.#connection = connection
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

  /** Saves pictures as chosen: one as a file, several as an archive. */
  async save(pictures: readonly PictureSummary[], name: string = this.#name): Promise<void> {
    const { kind, scale, isSmooth, hasReceipt } = this.#choice
    if (kind === 'svg') return this.#saveDrawings(pictures, name)
    const format: ExportFormat = kind
    const file = await this.#connection.api.exportPictures({
      pictureIds: pictures.map(({ id }) => id),
      ...{ format, scale, isSmooth, hasReceipt },
      ...(name.trim() === '' ? {} : { folder: name.trim().slice(0, 200) }),
    })
    const bytes = Uint8Array.from(atob(file.base64), (character) => character.charCodeAt(0))
    saveBlob(new Blob([bytes], { type: file.mediaType }), file.name)
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
