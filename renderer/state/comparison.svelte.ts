import type { PictureId } from '#app/domain/ids.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

export const maxCompared = 4

/** Two to four pictures laid side by side. */
export class Comparison {
  #pictures = $state.raw<readonly PictureSummary[]>([])
  #isOpen = $state(false)

  get pictures(): readonly PictureSummary[] {
    return this.#pictures
  }
  get isOpen(): boolean {
    return this.#isOpen
  }
  get canOpen(): boolean {
    return this.#pictures.length >= 2
  }

  has(id: PictureId): boolean {
    return this.#pictures.some((picture) => picture.id === id)
  }

  /** In or out; a fifth pushes the first out. */
  toggle(picture: PictureSummary): void {
    this.#pictures = this.has(picture.id)
      ? this.#pictures.filter((other) => other.id !== picture.id)
      : [...this.#pictures, picture].slice(-maxCompared)
    if (!this.canOpen) this.#isOpen = false
  }

  open(): void {
    this.#isOpen = this.canOpen
  }
  close(): void {
    this.#isOpen = false
  }
  clear(): void {
    this.#pictures = []
    this.#isOpen = false
  }
}
