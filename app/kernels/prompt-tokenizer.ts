import { Tokenizer } from '@huggingface/tokenizers'

import { StudioError } from '../contract/errors.ts'
import type { PromptTokens } from '../contract/studio-api.ts'
import { normalizeDalleMiniText } from './dalle-mini-text.ts'

export interface PromptTokenizerOptions {
  readonly lowercase: boolean
  /** What else is done to a caption before it is read, as `text.normalizer` of a pack names it. */
  readonly normalizer?: 'dalle-mini'
  /** Most BPE ids a caption may have (`captionLimit`). */
  readonly limit: number
}

/** Text → BPE ids by a pack's `tokenizer.json`. The paper lower-cases captions (§2.2). */
export class PromptTokenizer {
  readonly #tokenizer: Tokenizer
  readonly #options: PromptTokenizerOptions

  /**
   * @param json parsed `tokenizer.json` in the Hugging Face tokenizers format
   * @throws StudioError packInvalid when it is not one
   */
  constructor(json: object, options: PromptTokenizerOptions) {
    try {
      this.#tokenizer = new Tokenizer(json, {})
    } catch (cause) {
      throw new StudioError('packInvalid', `tokenizer.json cannot be used: ${String(cause)}.`, { cause })
    }
    this.#options = options
  }

  /** All ids of a caption, uncut, without marks. */
  idsOf(prompt: string): number[] {
    return this.#tokenizer.encode(this.#normalize(prompt), { add_special_tokens: false }).ids
  }

  /** What fits and what is cut off, for the prompt field. */
  describe(prompt: string): PromptTokens {
    const { ids, tokens } = this.#tokenizer.encode(this.#normalize(prompt), { add_special_tokens: false })
    const { limit } = this.#options
    const kept = ids.length <= limit ? prompt : this.#keptPart(prompt)
    return { count: ids.length, limit, tokens: tokens.slice(0, limit), kept }
  }

  /** The longest beginning of the prompt, in the user's own spelling, that fits: BPE counts grow with length, so halving finds it. */
  #keptPart(prompt: string): string {
    const characters = [...prompt]
    let fits = 0
    let tooLong = characters.length
    while (tooLong - fits > 1) {
      const middle = (fits + tooLong) >> 1
      if (this.idsOf(characters.slice(0, middle).join('')).length <= this.#options.limit) fits = middle
      else tooLong = middle
    }
    return characters.slice(0, fits).join('')
  }

  #normalize(prompt: string): string {
    const text = this.#options.lowercase ? prompt.toLowerCase() : prompt
    return this.#options.normalizer === 'dalle-mini' ? normalizeDalleMiniText(text) : text
  }
}
