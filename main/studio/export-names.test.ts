import { expect, test } from 'vitest'

import { cleanName, freeName } from './export-names.ts'

test('a name is letters, digits and spaces of any script', () => {
  expect(['../a <b>:"c"', 'قطة حمراء', '一隻貓', '\u202Ecat\u0000', '!?'].map(cleanName)).toEqual([
    'a b c',
    'قطة حمراء',
    '一隻貓',
    'cat',
    '',
  ])
})

test('a name is cut between characters, within the bytes that a file name may have', () => {
  const name = cleanName(`a${'𠀀'.repeat(100)}`)
  expect(name).toBe(`a${'𠀀'.repeat(49)}`)
  expect(Buffer.byteLength(`${name} 4294967295-511 (2000).webp`)).toBeLessThan(256)
})

test('names that are one file on some systems are told apart', () => {
  const taken = new Set<string>()
  const names = ['A cat 7-0', 'a cat 7-0', 'caf\u00e9 7-0', 'cafe\u0301 7-0', 'a cat 7-0']
  expect(names.map((name) => freeName(taken, name, 'png'))).toEqual([
    'A cat 7-0.png',
    'a cat 7-0 (2).png',
    'caf\u00e9 7-0.png',
    'cafe\u0301 7-0 (2).png',
    'a cat 7-0 (3).png',
  ])
})
