import type { TemplateId } from '#renderer/state/prompt-templates.ts'

import { count } from './count.ts'

export const prompt = {
  panel: 'Prompt and settings',
  label: 'Prompt',
  placeholder: 'A red apple on a white background',
  tokens: (used: number, limit: number) => `${used} of ${limit} tokens`,
  cutOff: (text: string) => `Too long for this pack. Not read: “${text}”`,
  variables: (n: number) => `${n} prompts from the variables`,
  tooMany: (n: number, limit: number) => `The variables give ${n} prompts; at most ${limit} run at once.`,
  templates: 'Templates',
  templatesHint: 'Sentences to start from. Braces try every word: {red|blue}.',
  generate: 'Generate',
  generateMany: (n: number) => `Generate ${n} prompts`,
  generateHint: 'Draws every candidate, then ranks them',
  noPack: 'No pack is installed',
  pack: 'Pack',
}

export const words = {
  title: (n: number) => `Words it knows (${n} things)`,
  hint: 'This pack has learned these and no others. A click puts one into the prompt.',
  colors: 'Colours',
  backgrounds: 'Backgrounds',
  styles: 'Styles',
  things: 'Things',
  find: 'Find a thing',
  clear: 'Clear',
  none: (text: string) => `It has not learned “${text}”.`,
  surprise: 'Surprise me: a prompt this pack is good at',
  unknown: (words: readonly string[]) =>
    `The pack has not learned ${words.map((word) => `“${word}”`).join(', ')}: it will guess.`,
}

export const templateNames: Record<TemplateId, string> = {
  colours: 'Colours',
  grounds: 'Background',
  counts: 'How many',
  above: 'One above the other',
  beside: 'Side by side',
  corner: 'In a corner',
  sketch: 'Sketch',
  panels: 'Two panels',
  colourPanels: 'Two panels, another colour',
  madeOf: 'Made of',
  shape: 'In the shape of',
  stack: 'On top of',
  style: 'In the style of',
  wearing: 'Wearing',
  doing: 'Doing',
}

export const starters = ['a red apple', 'a yellow cat face', 'a blue car', 'a green tree', 'a pizza', 'a snowman']

export const settings = {
  title: 'Settings',
  reset: 'Back to the pack’s own',
  presets: 'Presets',
  presetNone: 'Choose a preset…',
  presetName: 'Name of the preset',
  presetSave: 'Save as preset',
  presetDelete: (name: string) => `Delete preset ${name}`,
  candidates: 'Candidates',
  candidatesSays: (n: number, canRank: boolean): string => {
    if (n === 1) return 'One picture, take it or leave it.'
    return canRank ? `Draws ${n}, and CLIP puts the best first.` : `Draws ${n}; this pack cannot rank them by CLIP.`
  },
  guidance: 'Guidance',
  guidanceSays: (s: number): string => {
    if (s < 1) return 'Below 1 the words count less than nothing special.'
    if (s === 1) return 'Off: the model follows the words as it learned to.'
    if (s <= 4) return 'Follows the words more closely.'
    return 'Follows the words hard; shapes may burn in.'
  },
  temperature: 'Temperature',
  temperatureSays: (t: number): string => {
    if (t === 0) return 'Always the likeliest code: every candidate alike.'
    if (t < 0.8) return 'Careful: likelier codes win more often.'
    if (t <= 1.1) return 'As varied as what the model learned from.'
    return 'Bold: unlikely codes get a chance, so does noise.'
  },
  topP: 'Top-p',
  topPSays: (p: number) =>
    p === 1 ? 'Every code may be drawn.' : `Only the likeliest codes that make up ${Math.round(p * 100)} %.`,
  topK: 'Top-k',
  topKSays: (k: number) =>
    k === 0 ? 'No limit on the number of codes.' : `Only the ${count(k, 'likeliest code', 'likeliest codes')}.`,
  seed: 'Seed',
  seedRandom: 'New every run',
  seedLocked: 'The same seed gives the same pictures.',
  seedFree: 'Every run draws a new seed and remembers it.',
  seedLock: 'Lock the seed',
  seedRoll: 'Roll a seed',
}

export const imagePrompt = {
  title: 'Picture prompt',
  says: (kept: number, all: number) => `${kept} of ${all} cells stay, the rest is drawn anew.`,
  edit: 'Change what stays',
  remove: 'Remove picture prompt',
  alt: 'Picture prompt',
  coloursStay: 'Its colours stay.',
  coloursNew: 'Its colours are new.',
}
