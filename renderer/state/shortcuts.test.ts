import { expect, test } from 'vitest'

import { defaultKeys, describeKeys, keysOf, Shortcuts } from './shortcuts.svelte.ts'

const press = (key: string, modifiers: Partial<KeyboardEvent> = {}, code = '') =>
  ({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers }) as KeyboardEvent

function memoryKeeper() {
  const map = new Map<string, string>()
  return {
    getItem: (name: string) => map.get(name) ?? null,
    setItem: (name: string, value: string) => void map.set(name, value),
  }
}

test('what is pressed is written the way the table holds it', () => {
  expect([
    keysOf(press('Enter', { ctrlKey: true }), false),
    keysOf(press('Enter', { metaKey: true }), true),
    keysOf(press('k', { ctrlKey: true }), false),
    keysOf(press('R', { ctrlKey: true, shiftKey: true }), false),
    keysOf(press('¡', { altKey: true }, 'Digit1'), false),
    keysOf(press('?', { shiftKey: true }), false),
    keysOf(press('Shift', { shiftKey: true }), false),
  ]).toEqual(['Mod+Enter', 'Mod+Enter', 'Mod+K', 'Mod+Shift+R', 'Alt+1', '?', ''])
})

test('no two commands start out with the same keys', () => {
  const keys = Object.values(defaultKeys).filter((key) => key.length > 0)
  expect(keys).toEqual([...new Set(keys)])
})

test('a change outlives the page; keys in use stay with their command', () => {
  const keeper = memoryKeeper()
  const shortcuts = new Shortcuts(keeper, false)
  expect([shortcuts.set('generate', 'Mod+G'), shortcuts.set('cancel', 'Mod+G')]).toEqual([undefined, 'generate'])
  const again = new Shortcuts(keeper, false)
  expect([again.keys('generate'), again.keys('cancel'), again.find(press('g', { ctrlKey: true }))]).toEqual([
    'Mod+G',
    'Mod+.',
    'generate',
  ])
  again.reset()
  expect(new Shortcuts(keeper, false).keys('generate')).toBe('Mod+Enter')
})

test('keys are described for people', () => {
  expect([describeKeys('Mod+Enter', false), describeKeys('Mod+Shift+K', true)]).toEqual(['Ctrl ↵', '⌘⇧K'])
})
