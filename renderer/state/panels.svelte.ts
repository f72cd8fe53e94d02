import type { ImagePrompt } from '#app/domain/generation.ts'
import type { PictureDetail } from '#app/domain/picture.ts'
import { placesOf, type Places } from '#app/kernels/token-geometry.ts'

import type { Connection } from './connection.svelte.ts'
import type { Draft } from './draft.svelte.ts'
import type { Notices } from './notices.svelte.ts'
import { panelChanges, panelPrompt, type PanelChange } from './panel-prompt.ts'
import { nameFile } from './name-file.ts'
import { readBase64 } from './read-base64.ts'
import type { Viewer } from './viewer.svelte.ts'

/** A picture in the upper half of a picture prompt, before its file. */
interface Composed {
  readonly file: Blob
  /** To look at; taken back when the panels are closed. */
  readonly url: string
}

/** How the pixels are put together; drawing needs a page, which tests of the state do not have. */
export type DrawPanels = (pictureUrl: string) => Promise<Blob>

/**
 * A picture above, and what words make of it below: composed and looked at here, encoded and drawn only when asked for.
 */
export class Panels {
  readonly #connection: Connection
  readonly #notices: Notices
  readonly #draft: Draft
  readonly #viewer: Viewer
  readonly #draw: DrawPanels
  #picture = $state.raw<PictureDetail | null>(null)
  #composed = $state.raw<Composed | null>(null)
  #chosen = $state.raw<PanelChange | null>(null)
  #isEncoding = $state(false)
  /** What the picture above shows; the prompt it was drawn by, or the name of its file, until someone says better. */
  subject = $state('')

  readonly #offered = $derived.by(() => panelChanges(this.#draft.pack?.words))

  constructor(connection: Connection, notices: Notices, draft: Draft, viewer: Viewer, draw: DrawPanels) {
    this.#connection = connection
    this.#notices = notices
    this.#draft = draft
    this.#viewer = viewer
    this.#draw = draw
  }

  get picture(): PictureDetail | null {
    return this.#picture
  }
  /** Where the picture prompt can be looked at; null until it is composed. */
  get previewUrl(): string | null {
    return this.#composed?.url ?? null
  }
  get changes(): readonly PanelChange[] {
    return this.#offered.changes
  }
  /** False when the pack lists its words and none of the changes is among them. */
  get isKnown(): boolean {
    return this.#offered.isKnown
  }
  get change(): PanelChange | null {
    return this.#chosen ?? this.changes[0] ?? null
  }
  set change(change: PanelChange | null) {
    this.#chosen = change
  }
  get prompt(): string {
    return this.change === null ? '' : panelPrompt(this.subject, this.change)
  }
  /** Places of the pack that will draw. */
  get places(): Places {
    return placesOf(this.#draft.pack ?? { rows: 1, columns: 1, paletteRows: 0 })
  }
  get rowsKept(): number {
    return Math.floor(this.places.rows / 2)
  }
  get canUse(): boolean {
    return this.#composed !== null && !this.#isEncoding && this.change !== null && this.subject.trim() !== ''
  }

  async open(picture: PictureDetail): Promise<void> {
    const file = await this.#notices.guard(() => this.#draw(this.#connection.pictureUrl(picture.id)))
    if (file === undefined) return
    this.close()
    this.#composed = { file, url: URL.createObjectURL(file) }
    this.#picture = picture
    this.#chosen = null
    this.subject = picture.prompt
  }

  close(): void {
    if (this.#composed !== null) URL.revokeObjectURL(this.#composed.url)
    this.#composed = null
    this.#picture = null
  }

  /**
   * Brings the composed picture into the library and puts it, with its upper half kept, and the prompt into the composer.
   * @returns whether that is done
   */
  async use(): Promise<boolean> {
    const { change, prompt, subject, rowsKept, places } = this
    if (this.#composed === null || change === null || !this.canUse) return false
    const { file } = this.#composed
    this.#isEncoding = true
    const encoded = await this.#notices.guard(async () => {
      const name = nameFile(subject)
      return this.#connection.api.importPicture({ name, base64: await readBase64(file), packId: this.#draft.pack?.id })
    })
    this.#isEncoding = false
    if (encoded === undefined) return false
    this.#viewer.learn(encoded.picture)
    const imagePrompt: ImagePrompt = { pictureId: encoded.picture.id, keep: { kind: 'rows', rows: rowsKept } }
    // Under the palette of the picture above alone, nothing below gets a colour that it lacks: the words choose one for both.
    this.#draft.imagePrompt = places.first > 0 ? { ...imagePrompt, isPaletteKept: false } : imagePrompt
    this.#draft.prompt = prompt
    this.close()
    return true
  }
}
