import { expect, test } from 'vitest'

import { enginePatience } from './engine-patience.ts'

test('the environment sets the patience with the engine', () => {
  expect(enginePatience({})).toEqual({})
  expect(enginePatience({ EASEL_LOAD_SECONDS: '90', EASEL_STEP_SECONDS: '' })).toEqual({ loadSeconds: 90 })
  expect(enginePatience({ EASEL_STEP_SECONDS: '1' })).toEqual({ stepSeconds: 1 })
})

test.each(['0', '-1', '1.5', '1e3', 'soon', '86401'])('%s is refused with what is allowed', (text) => {
  expect(() => enginePatience({ EASEL_LOAD_SECONDS: text })).toThrow(
    `EASEL_LOAD_SECONDS is "${text}"; allowed are whole seconds from 1 to 86400.`,
  )
})
