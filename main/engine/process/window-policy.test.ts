import { expect, it } from 'vitest'

import { WindowPolicy } from './window-policy.ts'

/** Cells a second over a picture where a window costs `ratio` single steps and finishes `finished` cells; guesses are right that often alone. */
function play(policy: WindowPolicy, ratio: number, finished: number, cells = 200): number {
  let [done, windows, runs] = [0, 0, 0]
  policy.begin()
  while (done < cells) {
    const length = policy.next()
    const step = length === 1 ? 1 : finished
    const isHit = Math.floor((done + 1) * (1 - 1 / finished)) > Math.floor(done * (1 - 1 / finished))
    policy.note(length, step, isHit, length === 1 ? 1 : ratio)
    done += step
    runs++
    if (length > 1) windows++
  }
  return windows / runs
}

it('takes windows where they finish more cells a second', () => {
  const policy = new WindowPolicy(12)
  play(policy, 1.5, 4)
  expect(play(policy, 1.5, 4)).toBeGreaterThan(0.9)
})

it('takes single steps where windows cost more than they finish', () => {
  const policy = new WindowPolicy(12)
  play(policy, 4, 2)
  expect(play(policy, 4, 2)).toBeLessThan(0.3)
})

it('goes back to windows when guesses become right', () => {
  const policy = new WindowPolicy(12)
  play(policy, 4, 1.5)
  expect(play(policy, 4, 10)).toBeGreaterThan(0.6)
})
