import { expect, it } from 'vitest'

import { precisionSection, withSection } from './precision-section.ts'

const quality = { samePictures: 0.5, sameDraws: 0.99, sameArgmax: 0.98, nll: 0.1 }
const section = precisionSection({
  ...{ packId: 'tiny', prompts: 2, pictures: 4, tokens: 8 },
  precisions: [{ ...quality, name: 'int8', clipScore: null }],
})

it('takes the place of the section before it, and of nothing else', () => {
  const page = (middle: string): string => `# Performance\n\n${middle}\n## How cost grows\nSeconds.\n`
  const old = page(section.replace('99.00 %', '12.00 %'))
  expect(withSection(old, section)).toBe(page(section))
  expect(withSection(page(section), section)).toBe(page(section))
})

it('is added at the end of a page without one', () => {
  expect(withSection('# Performance\n', section)).toBe(`# Performance\n\n${section}`)
})

it('shows a precision in a row', () => {
  expect(section).toContain('| int8 | – | 50.0 % | 99.00 % | 98.00 % | 0.10000 |')
})
