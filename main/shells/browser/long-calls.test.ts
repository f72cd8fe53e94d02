import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { BrowserVisit } from '../testing/browser-visit.ts'
import { openRaw } from '../testing/raw-http.ts'

const idleMs = 200
let visit: BrowserVisit

beforeEach(async () => {
  visit = await BrowserVisit.start({ idleMs })
})
afterEach(() => visit.close())

test('a call is answered, however long it takes', async () => {
  visit.studio.answerAfter = setTimeout(6 * idleMs)
  expect((await visit.post('/api/listPacks', '{}')).status).toBe(200)
})

test('a stranger that says nothing is cut off', async () => {
  const socket = await openRaw(visit.host.port, '')
  await new Promise((resolve) => socket.once('close', resolve))
})
