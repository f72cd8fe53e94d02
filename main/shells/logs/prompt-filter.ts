/** Words of a person that a log may meet again in messages of others. */
const maxRemembered = 500
/** Anything shorter is not worth hiding, and would tear holes into every message. */
const minCharacters = 3

/**
 * Keeps prompts, names of files and searches out of the log: what a call brought is remembered and blotted out wherever it
 * turns up later, in an error message for example.
 */
export class PromptFilter {
  readonly #remembered = new Set<string>()

  /** Takes every text of a payload but ids, numbers and what a picture weighs. */
  remember(payload: unknown): void {
    for (const text of textsOf(payload, 0)) {
      this.#remembered.delete(text)
      this.#remembered.add(text)
    }
    for (const text of this.#remembered) {
      if (this.#remembered.size <= maxRemembered) return
      this.#remembered.delete(text)
    }
  }

  blot(text: string): string {
    // The longest first: a prompt may hold another one.
    const found = [...this.#remembered].filter((part) => text.includes(part)).sort((a, b) => b.length - a.length)
    return found.reduce((blotted, part) => blotted.replaceAll(part, '‹hidden›'), text)
  }
}

const maxDepth = 4
/** Pictures and checkpoints travel as text; they are nobody's words. */
const maxCharacters = 20_000
const opaque = /^(?:[0-9a-f-]{32,}|\d+)$/i

function textsOf(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') {
    const text = value.trim()
    const isWords = text.length >= minCharacters && text.length <= maxCharacters && !opaque.test(text)
    return isWords ? [text] : []
  }
  if (typeof value !== 'object' || value === null || depth > maxDepth) return []
  return Object.entries(value).flatMap(([key, part]) => (isSafeKey(key) ? [] : textsOf(part, depth + 1)))
}

/** Choices from short lists: blotting them out would hide the order of a list, not a secret. */
function isSafeKey(key: string): boolean {
  return ['packId', 'id', 'kind', 'order', 'cursor', 'precision', 'state', 'origin', 'format'].includes(key)
}
