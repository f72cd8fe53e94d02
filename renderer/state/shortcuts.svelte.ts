import { z } from 'zod'

import { keep, readKept, type Keeper } from './keeping.ts'

/** Everything that can be done by key or from the palette, with the keys it starts out with; empty = none. */
export const defaultKeys = {
  generate: 'Mod+Enter',
  cancel: 'Mod+.',
  focusPrompt: 'Mod+L',
  search: '/',
  palette: 'Mod+K',
  rollSeed: 'Mod+Shift+R',
  toggleSeed: 'Mod+Shift+L',
  resetSettings: '',
  goCreate: 'Alt+1',
  goLibrary: 'Alt+2',
  goPacks: 'Alt+3',
  goSettings: 'Mod+,',
  toggleHistory: 'Mod+B',
  toggleInsight: 'Mod+I',
  toggleTheme: 'Mod+Shift+D',
  compare: 'Mod+D',
  shortcuts: '?',
} as const
export type CommandId = keyof typeof defaultKeys
export const commandIds = Object.keys(defaultKeys) as CommandId[]

const key = 'easel.shortcuts'
const schema = z.record(z.string(), z.string().max(40))

/** Which keys do what; changes are kept on this machine. */
export class Shortcuts {
  readonly #keeper: Keeper
  readonly isApple: boolean
  #changes = $state.raw<Readonly<Record<string, string>>>({})

  constructor(keeper: Keeper, isApple: boolean) {
    this.#keeper = keeper
    this.isApple = isApple
    this.#changes = readKept(keeper, key, schema, {})
  }

  get isChanged(): boolean {
    return Object.keys(this.#changes).length > 0
  }

  keys(id: CommandId): string {
    return this.#changes[id] ?? defaultKeys[id]
  }
  /** As a person reads them: `Ctrl Enter`, `⌘↵`. */
  label(id: CommandId): string {
    return describeKeys(this.keys(id), this.isApple)
  }

  find(event: KeyboardEvent): CommandId | undefined {
    const pressed = keysOf(event, this.isApple)
    return commandIds.find((id) => this.keys(id) === pressed)
  }

  /** @returns the command that has these keys already, and keeps them; undefined when the change was made. */
  set(id: CommandId, keys: string): CommandId | undefined {
    const taken = commandIds.find((other) => other !== id && this.keys(other) === keys && keys !== '')
    if (taken !== undefined) return taken
    this.#changes = { ...this.#changes, [id]: keys }
    keep(this.#keeper, key, this.#changes)
    return undefined
  }

  reset(): void {
    this.#changes = {}
    keep(this.#keeper, key, {})
  }
}

/** `Mod+Shift+K`, `Alt+1`, `/`: what was pressed, in the form the table holds; empty for a modifier alone. */
export function keysOf(
  event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  isApple: boolean,
): string {
  if (['Control', 'Meta', 'Alt', 'Shift'].includes(event.key)) return ''
  const isMod = isApple ? event.metaKey : event.ctrlKey
  const isChord = isMod || event.altKey
  // With Alt, the key says what it types, which differs by layout; the code says which key it is.
  const digit = /^Digit(\d)$/.exec(event.code)?.[1]
  const name = isChord && digit !== undefined ? digit : event.key.length === 1 ? event.key.toUpperCase() : event.key
  // A sign such as ? already has its Shift in it.
  const isShiftSaid = event.shiftKey && (isChord || event.key.length > 1)
  return [isMod && 'Mod', event.altKey && 'Alt', isShiftSaid && 'Shift', name].filter(Boolean).join('+')
}

export function describeKeys(keys: string, isApple: boolean): string {
  const signs: Record<string, string> = isApple
    ? { Mod: '⌘', Alt: '⌥', Shift: '⇧', Enter: '↵' }
    : { Mod: 'Ctrl', Alt: 'Alt', Shift: 'Shift', Enter: '↵' }
  return keys
    .split('+')
    .map((part) => signs[part] ?? part)
    .join(isApple ? '' : ' ')
}
