export interface ToastAction {
  readonly text: string
  readonly act: () => void
}

/** One thing that has just happened, and what else could be done about it; the next takes its place. */
export class Toast {
  #text = $state<string | null>(null)
  #action = $state.raw<ToastAction | null>(null)

  get text(): string | null {
    return this.#text
  }
  get action(): ToastAction | null {
    return this.#action
  }

  show(text: string, action: ToastAction | null = null): void {
    this.#text = text
    this.#action = action
  }

  dismiss(): void {
    this.#text = null
    this.#action = null
  }
}
