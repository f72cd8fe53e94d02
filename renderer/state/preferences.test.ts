import { expect, test } from 'vitest'

import { Preferences, preferencesKey } from './preferences.svelte.ts'

test('what another window has kept is taken over, what it has not stays', () => {
  const kept = new Map<string, string>()
  const keeper = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
  kept.set(preferencesKey, '{"theme":"dark"}')
  const preferences = new Preferences(keeper, false)
  const seen = () => [preferences.theme, preferences.language, preferences.isInsightShown]
  const first = seen()
  new Preferences(keeper).set({ language: 'zh', theme: 'light' })
  preferences.readAnew()
  const second = seen()
  kept.set(preferencesKey, '{"theme":"pink"}')
  preferences.readAnew()
  expect({ first, second, third: seen() }).toEqual({
    first: ['dark', 'system', false],
    second: ['light', 'zh', true],
    third: ['light', 'zh', true],
  })
})
