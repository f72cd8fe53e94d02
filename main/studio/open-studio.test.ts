import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import type { StudioEvent } from '#app/contract/studio-api.ts'
import type { GenerationId } from '#app/domain/ids.ts'
import type { EngineChild } from '#main/engine/engine-child.ts'
import { forkEngine } from '#main/engine/fork-engine.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { openStudio } from './open-studio.ts'
import type { Studio } from './studio.ts'

let folder: string
let engines: EngineChild[] = []
const request = { prompt: 'a red apple', candidates: 48, seed: 7 }

/** The real studio on the library of that name; its engine processes can be killed. */
function open(name: string): Promise<Studio> {
  engines = []
  const spawnEngine = () => {
    const child = forkEngine()
    engines.push(child)
    return child
  }
  return openStudio({ shell: 'browser', libraryFolder: join(folder, name), spawnEngine })
}

const once = (studio: Studio, type: StudioEvent['type']) =>
  new Promise<StudioEvent>((resolve) => {
    const stop = studio.subscribe((event) => {
      if (event.type !== type) return
      stop()
      resolve(event)
    })
  })

async function tokensOf(studio: Studio, generationId: GenerationId) {
  const { pictures } = await studio.api.getGeneration({ generationId })
  const details = await Promise.all(pictures.map(({ id }) => studio.api.getPicture({ pictureId: id })))
  return details.toSorted((a, b) => a.index - b.index).map(({ tokens }) => tokens)
}

let expected: readonly (readonly number[])[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-open-studio-'))
  await makeTinyPack(join(folder, 'tiny'))
  vi.stubEnv('EASEL_PACKS', join(folder, 'tiny'))
  const studio = await open('undisturbed')
  const { id } = await studio.api.generate(request)
  await studio.whenIdle()
  expected = await tokensOf(studio, id)
  await studio.close()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

it('draws the same tokens when the engine process is killed in the middle', async () => {
  const studio = await open('killed')
  const { id } = await studio.api.generate(request)
  await once(studio, 'candidateFinished')
  engines[0]!.kill()
  await studio.whenIdle()
  const { generation } = await studio.api.getGeneration({ generationId: id })
  expect([generation.state, engines.length]).toEqual(['finished', 2])
  expect(await tokensOf(studio, id)).toEqual(expected)
  await studio.close()
})

it('goes on after it was closed in the middle', async () => {
  const first = await open('closed')
  const { id } = await first.api.generate(request)
  await once(first, 'candidateFinished')
  await first.close()
  const second = await open('closed')
  await second.whenIdle()
  expect((await second.api.getGeneration({ generationId: id })).generation.state).toBe('finished')
  expect(await tokensOf(second, id)).toEqual(expected)
  await second.close()
})

it('shows previews while drawing, pictures after, and cancels', async () => {
  const studio = await open('shown')
  const { id: generationId } = await studio.api.generate(request)
  const { version } = (await once(studio, 'rowFinished')) as Extract<StudioEvent, { type: 'rowFinished' }>
  const preview = await studio.readResource({ kind: 'preview', generationId, candidate: 0, version })
  const { picture } = (await once(studio, 'candidateFinished')) as Extract<StudioEvent, { type: 'candidateFinished' }>
  await studio.api.cancelGeneration({ generationId })
  const whole = await studio.readResource({ kind: 'picture', id: picture.id })
  expect([preview, whole].map(({ bytes, type }) => [type, [...bytes.slice(1, 4)]])).toEqual([
    ['image/png', [0x50, 0x4e, 0x47]],
    ['image/png', [0x50, 0x4e, 0x47]],
  ])
  expect((await studio.api.getGeneration({ generationId })).generation.state).toBe('cancelled')
  await studio.close()
})

it('counts tokens, finds by meaning, and takes pictures in through the real engine', async () => {
  const studio = await open('shown')
  const { kept, limit } = await studio.api.tokenizePrompt({ prompt: 'a red apple' })
  expect([kept, limit > 0]).toEqual(['a red apple', true])
  const [found] = await studio.api.findByMeaning({ text: 'a red apple', limit: 1 })
  const picture = await studio.readResource({ kind: 'picture', id: found!.picture.id })
  const imported = await studio.api.importPicture({
    name: 'again.png',
    base64: Buffer.from(picture.bytes).toString('base64'),
  })
  expect([imported.picture.prompt, imported.picture.tokens.length, imported.psnr > 0]).toEqual(['again', 16, true])
  const [alike] = await studio.api.findSimilar({ pictureId: imported.picture.id, limit: 1 })
  expect(alike!.picture.id).not.toBe(imported.picture.id)
  expect((await studio.api.verifyPicture({ pictureId: found!.picture.id })).matches).toBe(true)
  await studio.close()
})

it('verifies a picture in the precision it was drawn in, whatever is chosen now', async () => {
  vi.stubEnv('EASEL_PRECISION', 'int8')
  const studio = await open('shown')
  const [found] = await studio.api.findByMeaning({ text: 'a red apple', limit: 1 })
  const { matches, message } = await studio.api.verifyPicture({ pictureId: found!.picture.id })
  expect([matches, message]).toEqual([true, expect.stringContaining('(fp32 on cpu, as it was drawn)')])
  await studio.close()
  vi.stubEnv('EASEL_PRECISION', '')
})
