import { expect, test } from 'vitest'

import type { StudioBridge } from '#app/contract/studio-bridge.ts'
import { createApi } from '#app/contract/studio-api.ts'

import { createBridgeTransport } from './bridge-transport.ts'

test('answers of the preload become results and errors again', async () => {
  const asked: unknown[][] = []
  const bridge: StudioBridge = {
    invoke: async (...call) => {
      asked.push(call)
      if (call[0] === 'listPacks') return { result: ['a pack'] }
      return { error: { code: 'notFound', name: 'StudioError', message: 'There is no such picture.' } }
    },
    subscribe: () => () => undefined,
    resourceUrl: (path) => `studio://resource/${path}`,
  }
  const transport = createBridgeTransport(bridge)
  const api = createApi(transport)
  expect(await api.listPacks()).toEqual(['a pack'])
  await expect(api.getPicture({ pictureId: 'x' as never })).rejects.toMatchObject({ code: 'notFound' })
  expect(asked).toEqual([
    ['listPacks', {}],
    ['getPicture', { pictureId: 'x' }],
  ])
  expect(transport.resourceUrl('picture/x')).toBe('studio://resource/picture/x')
})
