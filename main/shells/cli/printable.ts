/** Text of others (prompts, pack names) without what a terminal would act on: control characters become spaces. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** Cut to a width in characters, with an ellipsis. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(printable(text))
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`
}
