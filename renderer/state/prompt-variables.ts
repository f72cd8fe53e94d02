/** More prompts than this from one template are refused rather than cut silently. */
export const maxExpandedPrompts = 64

/** One `{a|b}` of a template. */
export interface PromptVariable {
  readonly text: string
  readonly choices: readonly string[]
}

const variablePattern = /\{([^{}]*\|[^{}]*)\}/g

export function findVariables(template: string): readonly PromptVariable[] {
  return [...template.matchAll(variablePattern)].map((match) => ({
    text: match[0],
    choices: splitChoices(match[1] ?? ''),
  }))
}

/**
 * Every prompt of a template: `a {red|blue} {cube|ball}` gives four, the last variable changing fastest.
 * Text without variables is its own only prompt.
 */
export function expandPrompts(template: string): readonly string[] {
  let prompts = ['']
  let position = 0
  for (const match of template.matchAll(variablePattern)) {
    const before = template.slice(position, match.index)
    const choices = splitChoices(match[1] ?? '')
    prompts = prompts.flatMap((prompt) => choices.map((choice) => prompt + before + choice))
    position = match.index + match[0].length
    if (prompts.length > maxExpandedPrompts) return prompts
  }
  const rest = template.slice(position)
  return prompts.map((prompt) => (prompt + rest).replace(/\s+/g, ' ').trim())
}

function splitChoices(inside: string): readonly string[] {
  return inside.split('|').map((choice) => choice.trim())
}
