import { expect, test } from 'vitest'

import { Session } from './session.ts'

function enter(session: Session): string {
  return session.exchange(session.code)?.split(';')[0] ?? ''
}

test('a cookie is good for its own session only', () => {
  const session = new Session(4000)
  const cookie = enter(session)
  expect(session.isIn(cookie)).toBe(true)
  expect(new Session(4000).isIn(cookie)).toBe(false)
  expect(new Session(4001).isIn(enter(new Session(4001)))).toBe(false)
})

test('it is found among others, also when another server of this machine sets one of the same name', () => {
  const session = new Session(4000)
  const cookie = enter(session)
  expect(session.isIn(`theme=dark; ${cookie}; x=1`)).toBe(true)
  expect(session.isIn(`easel_4000=forged; ${cookie}`)).toBe(true)
})

test.each([undefined, '', 'easel_4000', 'easel_4000=', 'easel_4000=x', '=;;='])('%j is no session', (header) => {
  expect(new Session(4000).isIn(header)).toBe(false)
})

test.each([undefined, null, 0, '', 'x', ['a'], { toString: () => 'x' }])('%j is no code, and spends none', (code) => {
  const session = new Session(4000)
  const before = session.code
  expect(session.exchange(code)).toBeUndefined()
  expect(session.code).toBe(before)
})
