import { expect, test } from 'vitest'

import { createMemoryKeeper } from '../fake/scripted-transport.ts'
import { Tour, type TourProgress } from './tour.svelte.ts'

test('the tour follows what is done, to a picture', () => {
  let progress: TourProgress = { hasPrompt: false, hasRun: false, hasPictures: false }
  const steps: string[] = []
  const walk = (changes: Partial<TourProgress>) => {
    progress = { ...progress, ...changes }
    // A new tour each time: a test has no reactive progress.
    const tour = new Tour(createMemoryKeeper(), () => progress)
    tour.offer(0)
    steps.push(tour.step)
  }
  walk({})
  walk({ hasPrompt: true })
  walk({ hasRun: true })
  walk({ hasPictures: true })
  expect(steps).toEqual(['prompt', 'prompt', 'draw', 'rank'])
})

test('it is offered once, and only where there are no pictures', () => {
  const keeper = createMemoryKeeper()
  const create = () => new Tour(keeper, () => ({ hasPrompt: false, hasRun: false, hasPictures: false }))
  const offered = (pictures: number) => {
    const tour = create()
    tour.offer(pictures)
    return tour
  }
  const first = [offered(3).isOpen, offered(0).isOpen, offered(0).isOpen]
  offered(0).end()
  expect([first, offered(0).isOpen]).toEqual([[false, true, true], false])
  const again = create()
  again.start()
  again.passPrompt()
  expect([again.isOpen, again.step]).toEqual([true, 'draw'])
})
