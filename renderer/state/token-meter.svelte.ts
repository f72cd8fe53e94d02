import type { PromptTokens, StudioApi } from '#app/contract/studio-api.ts'
import type { PackId } from '#app/domain/ids.ts'

const pauseMs = 100

/** How much of the pack's text length a prompt takes, as it is typed. */
export class TokenMeter {
  readonly #api: StudioApi
  #tokens = $state.raw<PromptTokens | null>(null)
  #prompt = $state('')
  #limit = $state<number | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  #latest = 0

  constructor(api: StudioApi) {
    this.#api = api
  }

  /** Of the last prompt measured; null when it is empty or the studio could not tell. */
  get tokens(): PromptTokens | null {
    return this.#tokens
  }
  /** Room for text in the pack last asked about; null until it has answered once. */
  get limit(): number | null {
    return this.#limit
  }
  /** The end of the prompt that the model will not see; empty when everything fits. */
  get cutOff(): string {
    const kept = this.#tokens?.kept.trim()
    if (kept === undefined || this.#tokens === null || this.#tokens.count <= this.#tokens.limit) return ''
    const start = this.#prompt.toLowerCase().indexOf(kept.toLowerCase())
    return start === -1 ? '' : this.#prompt.slice(start + kept.length).trim()
  }

  measure(prompt: string, packId: PackId | undefined): void {
    clearTimeout(this.#timer)
    this.#latest += 1
    if (prompt.trim() === '') {
      this.#tokens = null
      return
    }
    const number = this.#latest
    this.#timer = setTimeout(() => void this.#ask(number, prompt, packId), pauseMs)
  }

  async #ask(number: number, prompt: string, packId: PackId | undefined): Promise<void> {
    // The meter is a comfort: a studio that cannot count now says so when it is asked to generate.
    const tokens = await this.#api.tokenizePrompt({ prompt, packId }).catch(() => null)
    if (number !== this.#latest) return
    this.#tokens = tokens
    this.#limit = tokens?.limit ?? this.#limit
    this.#prompt = prompt
  }
}
