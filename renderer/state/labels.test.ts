import { expect, test } from 'vitest'

import type { LabelSummary } from '#app/domain/organising.ts'
import { examplePack } from '../fake/examples.ts'
import { createMemoryKeeper, createScriptedTransport, settle } from '../fake/scripted-transport.ts'
import { Connection } from './connection.svelte.ts'
import { fillTemplate, Labels } from './labels.svelte.ts'
import { Notices } from './notices.svelte.ts'

function create(keeper = createMemoryKeeper()) {
  const kept = new Map<string, LabelSummary>()
  const { id: packId, version, sha256 } = examplePack
  const transport = createScriptedTransport({
    listLabels: async () => [...kept.values()],
    addLabel: async ({ name }) => {
      const label = { ...{ name, packId, version, sha256 }, scored: 0, waiting: 9 }
      kept.set(name, label)
      return label
    },
    removeLabel: async ({ name }) => void kept.delete(name),
  })
  return { transport, kept, labels: new Labels(new Connection(transport), new Notices(), keeper) }
}
const names = (labels: Labels) => labels.items.map(({ name }) => name)

test('a template says each word in its own way', () => {
  expect([
    fillTemplate('a photo of a {}, a type of pet', ' dog \n\n cat\ndog'),
    fillTemplate('a photo of', 'dog'),
    fillTemplate('{}', '  '),
  ]).toEqual([['a photo of a dog, a type of pet', 'a photo of a cat, a type of pet'], ['a photo of dog'], []])
})

test('labels are added once each, and taken away', async () => {
  const { labels, transport } = create()
  labels.template = 'a drawing of {}'
  await labels.add('a dog\na cat')
  await labels.add('a cat\na fox')
  await labels.remove('a drawing of a dog')
  expect(names(labels)).toEqual(['a drawing of a cat', 'a drawing of a fox'])
  expect(transport.calls.filter(({ name }) => name === 'addLabel').length).toBe(3)
})

test('how far the background has come is read when it says so, by who looks', async () => {
  const { labels, kept, transport } = create()
  const rescoring = { chosen: null, isRunning: true, scored: 5, waiting: 4, failed: 0, error: null }
  transport.emit({ type: 'rescoringChanged', rescoring })
  expect(transport.calls).toEqual([])
  await labels.add('a dog')
  kept.set('a picture of a dog', { ...labels.items[0]!, scored: 5, waiting: 4 })
  transport.emit({ type: 'rescoringChanged', rescoring })
  await settle()
  expect(labels.items.map(({ scored, waiting }) => [scored, waiting])).toEqual([[5, 4]])
})

test('the template is a habit of this window', () => {
  const keeper = createMemoryKeeper()
  create(keeper).labels.template = 'a sketch of {}'
  expect(create(keeper).labels.template).toBe('a sketch of {}')
})
