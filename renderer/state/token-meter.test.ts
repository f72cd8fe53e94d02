import { expect, test, vi } from 'vitest'

import { createApi } from '#app/contract/studio-api.ts'
import { createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { TokenMeter } from './token-meter.svelte.ts'

test('only the last of several prompts is measured, and what is cut off is named', async () => {
  vi.useFakeTimers()
  const transport = createScriptedTransport({
    tokenizePrompt: async () => ({
      count: 5,
      limit: 3,
      tokens: ['a', 'red', 'apple', 'on', 'grass'],
      kept: 'a red apple',
    }),
  })
  const meter = new TokenMeter(createApi(transport))
  meter.measure('A red', undefined)
  meter.measure('A Red Apple on Grass', undefined)
  vi.runAllTimers()
  vi.useRealTimers()
  await settle()
  expect([transport.calls.length, meter.limit, meter.cutOff]).toEqual([1, 3, 'on Grass'])
  meter.measure('', undefined)
  expect([meter.tokens, meter.limit, meter.cutOff]).toEqual([null, 3, ''])
})
