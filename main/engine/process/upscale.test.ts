import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, expect, test } from 'vitest'

import type { UpscaleJob } from '#app/contract/engine-protocol.ts'
import type { PackId } from '#app/domain/ids.ts'
import { upscalerManifestSchema, upscalerTile } from '#app/domain/upscaler.ts'
import { importUpscaler } from '#main/packs/import/upscalers/import-upscaler.ts'
import { writeMadePackage } from '#main/packs/import/testing/made-upscaler.ts'

import { checkUpscalerMemory } from './memory.ts'
import { Upscaler } from './upscale.ts'

let base: string
let pack: Pick<UpscaleJob, 'packId' | 'folder'>
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'easel-upscale-'))
  await writeMadePackage(join(base, 'made'), [2, 4])
  const { pack: made } = await importUpscaler({ path: join(base, 'made'), packsFolder: join(base, 'packs') })
  pack = { packId: made!.id as PackId, folder: made!.folder }
})
afterAll(() => rm(base, { recursive: true }))

function pictureOf(width: number, height: number) {
  return { width, height, pixels: Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 41) % 251) }
}

test('tiles show no seams: they make what the model makes of the whole picture', async () => {
  const picture = pictureOf(2 * upscalerTile, upscalerTile + 5)
  const tiled = await new Upscaler(1).run(1, { ...pack, scale: 2, picture })
  const session = await ort.InferenceSession.create(await readFile(join(pack.folder, 'upscaler-x2.onnx')))
  const input = new ort.Tensor('uint8', picture.pixels, [1, picture.height, picture.width, 3])
  const whole = (await session.run({ pixels: input }))['enlarged']!.data as Uint8Array
  expect([tiled?.width, tiled?.height]).toEqual([4 * upscalerTile, 2 * upscalerTile + 10])
  const differences = whole.map((value, index) => Math.abs(value - tiled!.pixels[index]!))
  // Sums of one pixel may come in another order in a smaller tile, so a value at the edge of rounding may fall to the other side.
  expect(differences.reduce((most, value) => Math.max(most, value))).toBeLessThanOrEqual(1)
  expect(differences.filter((value) => value > 0).length).toBeLessThan(whole.length / 1000)
})

test('the same picture becomes the same twice, and one model gives way to another', async () => {
  const upscaler = new Upscaler(2)
  const picture = pictureOf(20, 30)
  const first = await upscaler.run(1, { ...pack, scale: 2, picture })
  const other = await upscaler.run(2, { ...pack, scale: 4, picture })
  expect([other?.width, other?.height]).toEqual([80, 120])
  await upscaler.unload(pack.packId)
  expect(await upscaler.run(3, { ...pack, scale: 2, picture })).toEqual(first)
})

test('a cancel is heard between two tiles', async () => {
  const upscaler = new Upscaler(1)
  const running = upscaler.run(5, { ...pack, scale: 2, picture: pictureOf(3 * upscalerTile, upscalerTile) })
  setTimeout(() => upscaler.cancel(5), 5)
  expect(await running).toBeNull()
})

test('a cancel that comes after the answer is not kept for another job', async () => {
  const upscaler = new Upscaler(1)
  const job = { ...pack, scale: 2 as const, picture: pictureOf(8, 8) }
  const first = await upscaler.run(7, job)
  upscaler.cancel(7)
  expect(await upscaler.run(7, job)).toEqual(first)
})

test('a pack.json that is no JSON any more is a damaged pack', async () => {
  const folder = join(base, 'damaged')
  await mkdir(folder)
  await writeFile(join(folder, 'pack.json'), '{"id": "made-upsc')
  const job = { ...pack, folder, scale: 2 as const, picture: pictureOf(4, 4) }
  await expect(new Upscaler(1).run(1, job)).rejects.toMatchObject({ code: 'packInvalid' })
})

test('what cannot be enlarged is said', async () => {
  const upscaler = new Upscaler(1)
  const picture = pictureOf(4, 4)
  const huge = { width: 4096, height: 4096, pixels: new Uint8Array(4096 * 4096 * 3) }
  await expect(upscaler.run(1, { ...pack, scale: 8, picture })).rejects.toMatchObject({
    code: 'invalidRequest',
    message: 'The upscaler "made-upscaler" does not enlarge ×8, only ×2, ×4.',
  })
  await expect(upscaler.run(2, { ...pack, scale: 4, picture: huge })).rejects.toMatchObject({
    code: 'invalidRequest',
  })
  await expect(upscaler.run(3, { ...pack, folder: base, scale: 2, picture })).rejects.toMatchObject({
    code: 'packMissing',
  })
})

test('memory is counted before a load', async () => {
  const manifest = upscalerManifestSchema.parse(JSON.parse(await readFile(join(pack.folder, 'pack.json'), 'utf8')))
  expect(() => checkUpscalerMemory(manifest, manifest.models[0]!, 1e8)).toThrow(
    /^The pack "made-upscaler" needs \d+ MiB of memory and 96 MiB are free\./,
  )
})

test('a model that was changed is not run', async () => {
  await appendFile(join(pack.folder, 'upscaler-x4.onnx'), 'more')
  await expect(new Upscaler(1).run(1, { ...pack, scale: 4, picture: pictureOf(4, 4) })).rejects.toMatchObject({
    code: 'packInvalid',
  })
})
