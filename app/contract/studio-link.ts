import { uuidPattern, type PictureId } from '../domain/ids.ts'

/** Where a link may lead: a place of the studio, a prompt to be looked at (never drawn at once), a picture of this library. */
export type StudioLink =
  | { readonly kind: 'place'; readonly place: (typeof linkPlaces)[number] }
  | { readonly kind: 'prompt'; readonly prompt: string }
  | { readonly kind: 'picture'; readonly pictureId: PictureId }

export const linkPlaces = ['create', 'library', 'packs', 'settings'] as const
export const linkScheme = 'easel'
const maxPromptLength = 2000
const maxLinkLength = 8000

/**
 * Reads `easel://library`, `easel://create?prompt=a%20red%20apple`, `easel://picture/<id>`; undefined for anything else. A link comes from strangers:
 * it can only show something.
 */
export function parseStudioLink(text: string): StudioLink | undefined {
  if (text.length > maxLinkLength || !text.toLowerCase().startsWith(`${linkScheme}://`)) return undefined
  return readPath(text.slice(linkScheme.length + '://'.length))
}

/** The fragment of the page's address that shows a link: `#/library`, `#/create?prompt=…`, `#/picture/<id>`. */
export function linkFragment(link: StudioLink): string {
  switch (link.kind) {
    case 'place':
      return `#/${link.place}`
    case 'prompt':
      return `#/create?prompt=${encodeURIComponent(link.prompt)}`
    case 'picture':
      return `#/picture/${link.pictureId}`
  }
}

/** What a fragment asks for; undefined when it is none of `linkFragment`. */
export function parseLinkFragment(fragment: string): StudioLink | undefined {
  return fragment.startsWith('#/') ? readPath(fragment.slice(2)) : undefined
}

function readPath(text: string): StudioLink | undefined {
  const [path = '', query] = text.split('?', 2)
  const [first = '', second, ...rest] = path.replace(/\/$/, '').split('/')
  const place = linkPlaces.find((known) => known === first.toLowerCase())
  if (place !== undefined && second === undefined) {
    const prompt = place === 'create' ? readPrompt(query ?? '') : undefined
    return prompt === undefined ? { kind: 'place', place } : { kind: 'prompt', prompt }
  }
  if (first !== 'picture' || second === undefined || rest.length > 0 || !uuidPattern.test(second)) return undefined
  return { kind: 'picture', pictureId: second as PictureId }
}

/** One line of visible characters. */
function readPrompt(query: string): string | undefined {
  const prompt = readParameter(query, 'prompt')
    ?.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, maxPromptLength)
  return prompt === '' ? undefined : prompt
}

/** The first value of a name in `a=b&c=d`, decoded; undefined where it is missing or no percent-encoding. (`app` has no URLSearchParams.) */
function readParameter(query: string, name: string): string | undefined {
  const part = query.split('&').find((pair) => pair.startsWith(`${name}=`))
  try {
    return part === undefined ? undefined : decodeURIComponent(part.slice(name.length + 1).replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
