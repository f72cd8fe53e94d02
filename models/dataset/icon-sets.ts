import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** An npm icon set and what its licence asks us to say. */
export interface IconSet {
  /** Package suffix: `@iconify-json/{id}`. */
  readonly id: string
  /** What captions call its look. */
  readonly style: string
  readonly licence: string
  readonly attribution: string
}

/** The sets of the first pack; licences as stated in each package's info.json. */
export const iconSets: readonly IconSet[] = [
  { id: 'noto', style: 'noto', licence: 'Apache-2.0', attribution: 'Noto Emoji by Google' },
  {
    id: 'twemoji',
    style: 'twemoji',
    licence: 'CC-BY-4.0',
    attribution: 'Twitter Emoji (Twemoji) by Twitter, Inc and other contributors',
  },
  { id: 'fluent-emoji-flat', style: 'fluent', licence: 'MIT', attribution: 'Fluent UI Emoji by Microsoft Corporation' },
]

interface IconFile {
  readonly width?: number
  readonly height?: number
  readonly icons: Readonly<Record<string, { readonly body: string; readonly width?: number; readonly height?: number }>>
  readonly aliases?: Readonly<Record<string, { readonly parent: string }>>
}

/** One icon: its markup and the size of its view box. */
export interface Icon {
  readonly body: string
  readonly width: number
  readonly height: number
}

/** Returns the icons of an installed set by name; throws for a name the set lacks. */
export function openIconSet(set: IconSet): (name: string) => Icon {
  const path = createRequire(import.meta.url).resolve(`@iconify-json/${set.id}/icons.json`)
  const file = JSON.parse(readFileSync(path, 'utf8')) as IconFile
  return (name) => {
    const icon = file.icons[name] ?? file.icons[file.aliases?.[name]?.parent ?? '']
    if (icon === undefined) throw new Error(`icon set ${set.id} has no icon "${name}"`)
    return { body: icon.body, width: icon.width ?? file.width ?? 16, height: icon.height ?? file.height ?? 16 }
  }
}
