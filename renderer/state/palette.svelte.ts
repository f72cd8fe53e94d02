/** The command palette: open or not, and what has been typed. */
export class Palette {
  #isOpen = $state(false)
  query = $state('')

  get isOpen(): boolean {
    return this.#isOpen
  }
  open(): void {
    this.query = ''
    this.#isOpen = true
  }
  close(): void {
    this.#isOpen = false
  }
}
