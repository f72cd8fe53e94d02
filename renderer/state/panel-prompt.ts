import type { PackWords } from '#app/domain/pack-words.ts'

/** What is made of the picture above, beside colours: transformations of the kind that OpenAI's post on DALL·E shows. */
export const panelLooks = ['sketch', 'outline', 'blackAndWhite', 'mirrored', 'upsideDown'] as const
export type PanelLook = (typeof panelLooks)[number]

/** How the picture below differs from the one above. A colour goes by the name that the pack has for it. */
export type PanelChange =
  { readonly kind: 'look'; readonly look: PanelLook } | { readonly kind: 'color'; readonly color: string }

const endings: Record<PanelLook, string> = {
  sketch: 'as a sketch',
  outline: 'as an outline',
  blackAndWhite: 'in black and white',
  mirrored: 'mirrored',
  upsideDown: 'upside down',
}
const commonColors = [
  ...['red', 'orange', 'yellow', 'green', 'blue', 'purple'],
  ...['pink', 'brown', 'black', 'white', 'gray'],
]

/** What a prompt is about: without article, full stop and what it says of the ground and the style, which are `around`. */
function readSubject(prompt: string): { readonly subject: string; readonly around: string } {
  const said = prompt.trim().replace(/[.!\s]+$/u, '')
  const inPanels = /^the (?:exact )?same (.+) on the top .+ on the bottom(.*)$/iu.exec(said)
  const around = inPanels?.[2] ?? /(?: on an? \p{L}+ background)?(?:, \p{L}+ style)?$/iu.exec(said)?.[0] ?? ''
  const named = inPanels?.[1] ?? said.slice(0, said.length - around.length)
  return { subject: named.replace(/^(?:an?|the|some)\s+/iu, ''), around }
}

/** "a yellow cat" → "the exact same yellow cat on the top as a sketch on the bottom": the paper's image-to-image prompt (§3.3). */
export function panelPrompt(prompt: string, change: PanelChange): string {
  const { subject, around } = readSubject(prompt)
  const ending = change.kind === 'look' ? endings[change.look] : `in ${change.color}`
  return `the exact same ${subject} on the top ${ending} on the bottom${around}`
}

/**
 * What can be asked for below a picture: what the pack's forms say, or everything where it does not list its words.
 * A pack that lists words and none of these sentences is offered everything too, and `isKnown` is false: it will guess.
 */
export function panelChanges(words: PackWords | undefined): {
  readonly changes: readonly PanelChange[]
  readonly isKnown: boolean
} {
  const all: readonly PanelChange[] = [
    ...panelLooks.map((look) => ({ kind: 'look' as const, look })),
    ...(words?.colors ?? commonColors).map((color) => ({ kind: 'color' as const, color })),
  ]
  if (words === undefined) return { changes: all, isKnown: true }
  // By sentences, not words: who knows black and white as colours has not learned to draw in black and white.
  const known = all.filter((change) => {
    const said = `on the top ${change.kind === 'look' ? endings[change.look] : 'in {color}'} on the bottom`
    return words.forms.some((form) => form.includes(said))
  })
  return known.length > 0 ? { changes: known, isKnown: true } : { changes: all, isKnown: false }
}
