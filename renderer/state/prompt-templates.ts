import type { PackWords } from '#app/domain/pack-words.ts'
import { unknownWords } from '#app/kernels/pack-words.ts'

import { expandPrompts } from './prompt-variables.ts'

/** Sentences to start from, by what they try. Small packs can do the first of them, OpenAI's DALL·E could do all. */
export const promptTemplates = {
  colours: 'a {red|green|blue} {apple|umbrella|car}',
  grounds: 'a {cat|rocket} on a {yellow|blue} background',
  counts: '{two|three|four} {apples|stars}',
  above: 'a {cat|star} above a {red|blue} car',
  beside: 'an apple next to a {cat|clock}',
  corner: 'a small rocket in the {top left|bottom right} corner',
  sketch: 'a sketch of a {cat|car|house}',
  panels: 'the exact same cat on the top as a sketch on the bottom',
  colourPanels: 'the exact same car on the top in {red|blue} on the bottom',
  madeOf: 'a {cube|snail} made of {glass|bricks}',
  shape: 'a green clock in the shape of a {star|heart}',
  stack: 'a small red block on a large green block',
  style: 'a {cat|fox} in the style of a woodcut',
  wearing: 'a penguin wearing a {blue|yellow} hat',
  doing: 'a baby daikon radish in a tutu walking a dog',
} as const
export type TemplateId = keyof typeof promptTemplates

const templateIds = Object.keys(promptTemplates) as readonly TemplateId[]

/** Those of which the pack has learned every word; all, where it does not list its words. */
export function offeredTemplates(words: PackWords | undefined): readonly TemplateId[] {
  if (words === undefined) return templateIds
  return templateIds.filter((id) => unknownWords(expandPrompts(promptTemplates[id]).join(' '), words).length === 0)
}
