import { createContext, type Snippet } from 'svelte'

/**
 * What has to be seen and used whatever is open: notices, and the way back from a deletion. A modal dialog covers the rest of the page and
 * makes it inert, so that the one opened last draws them inside itself.
 */
export class Front {
  readonly notes: Snippet
  #dialogs = $state.raw<readonly symbol[]>([])

  constructor(notes: Snippet) {
    this.notes = notes
  }

  /** Undefined while no dialog is open. */
  get dialog(): symbol | undefined {
    return this.#dialogs.at(-1)
  }

  /** @returns what to call when the dialog closes */
  enter(dialog: symbol): () => void {
    this.#dialogs = [...this.#dialogs, dialog]
    return () => (this.#dialogs = this.#dialogs.filter((other) => other !== dialog))
  }
}

export const [getFront, setFront] = createContext<Front>()
