import { expect, test } from 'vitest'

import { readOptions } from './options.ts'

test('nothing said is the whole evaluation of the starter pack', () => {
  const { pack, ...rest } = readOptions([])
  expect(pack).toMatch(/models[\\/]starter[\\/]pack$/)
  expect(rest).toEqual({
    ...{ isQuick: false, isJson: false, isWriting: false, data: undefined, sets: undefined },
    ...{ precision: 'fp32', perSet: 32, candidates: 64, settings: {} },
  })
})

test('what is said takes the place of what --quick chooses', () => {
  const said = ['--quick', '--candidates', '4', '--sets', 'natural,count', '--temperature', '0.5', '--guidance', '2']
  expect(readOptions(said)).toMatchObject({
    ...{ isQuick: true, perSet: 8, candidates: 4, sets: ['natural', 'count'] },
    settings: { temperature: 0.5, guidanceScale: 2 },
  })
})

test.each([
  [['--candidates', 'many'], '--candidates must be a whole number from 1 on, got "many".'],
  [['--per-set', '1.5'], '--per-set must be a whole number from 1 on, got "1.5".'],
  [['--guidance', '51'], '--guidance must be a number from 0 to 50, got "51".'],
  [['--precision', 'int4'], /--precision must be of fp32, .*int8-cache, got "int4"/],
  [['--sets', 'natural,counts'], /--sets must be of natural, .*count, .*got "counts"/],
  [['--sets', 'natural', '--write'], 'leave --sets out'],
])('%j is refused with what is allowed', (args, message) => {
  expect(() => readOptions(args)).toThrow(message)
})
