import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { loadPack, type LoadedPack } from './loaded-pack.ts'
import { drawGrids } from './pixels.ts'
import { PreviewDrawer } from './previews.ts'
import { Swatches } from './swatches.ts'

let folder = ''
let pack: LoadedPack
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'easel-previews-'))
  const { id } = await makeTinyPack(join(folder, 'tiny'))
  pack = await loadPack({ packId: id, folder: join(folder, 'tiny'), precision: 'fp32' }, { threads: 1 })
})
afterAll(() => rm(folder, { recursive: true }))

const grids = [0, 1].map((first) => Uint16Array.from({ length: 16 }, (_, i) => (first * 16 + i * 5) % 64))
const greyLines = (pixels: Uint8Array, from: number): boolean => pixels.subarray(from * 32 * 3).every((v) => v === 128)

describe('Swatches', () => {
  it('are what the decoder draws for a block of one code', async () => {
    const swatches = await Swatches.make(pack, 60)
    const pixels = new Uint8Array(32 * 32 * 3)
    swatches?.paintRow(pixels, Uint16Array.of(0, 1, 2, 3), 1)
    // Codes 0 to 3 fill the four blocks of the first picture.
    const blocks = Uint16Array.from([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])
    const [drawn] = await drawGrids(pack, [blocks])
    const drawnAt = (x: number, y: number): number | undefined => drawn?.pixels[(y * 32 + x) * 3]
    expect(pixels[(8 * 32 + 3) * 3]).toBe(drawnAt(8 + 3, 8))
    expect(pixels[((8 + 5) * 32 + 16 + 5) * 3]).toBe(drawnAt(5, 16 + 5))
    expect(pixels.subarray(0, 8 * 32 * 3).every((value) => value === 0)).toBe(true)
  })
  it('are not made when they would take too long', async () => {
    expect(await Swatches.make(pack, 0)).toBe(null)
  })
})

describe('PreviewDrawer', () => {
  it('shows every candidate after the first row, the rest in grey, and nothing after the last', async () => {
    const swatches = await Swatches.make(pack, 60)
    const drawer = new PreviewDrawer(pack, () => swatches, 2)
    const first = await drawer.draw(grids, 1, 0)
    expect(first?.map((picture) => picture && [greyLines(picture.pixels, 0), greyLines(picture.pixels, 8)])).toEqual([
      [false, true],
      [false, true],
    ])
    const kept = first?.map((picture) => picture?.pixels.slice())
    const second = await drawer.draw(grids, 2, 1000)
    expect(second?.map((picture) => picture && [greyLines(picture.pixels, 8), greyLines(picture.pixels, 16)])).toEqual([
      [false, true],
      [false, true],
    ])
    expect(first?.map((picture) => picture?.pixels)).toEqual(kept)
    expect(await drawer.draw(grids, 4, 2000)).toBe(null)
  })

  it('catches up when swatches become ready in the middle', async () => {
    const swatches = await Swatches.make(pack, 60)
    let ready: Swatches | null = null
    const drawer = new PreviewDrawer(pack, () => ready, 2)
    await drawer.draw(grids, 1, 0)
    ready = swatches
    const second = await drawer.draw(grids, 2, 0)
    expect(
      second?.map(
        (picture) => picture && [greyLines(picture.pixels.subarray(0, 8 * 96), 0), greyLines(picture.pixels, 16)],
      ),
    ).toEqual([
      [false, true],
      [false, true],
    ])
  })

  it('without swatches redraws only what it can afford', async () => {
    const drawer = new PreviewDrawer(pack, () => null, 2)
    const first = await drawer.draw(grids, 1, 0)
    // What shows nothing new is not sent.
    expect(first?.map((picture) => picture && greyLines(picture.pixels, 0))).toEqual([false, null])
    expect(await drawer.draw(grids, 2, 0)).toBe(null)
    const third = await drawer.draw(grids, 3, 1000)
    const [drawn] = await drawGrids(pack, [
      Uint16Array.from([...grids[1]!.subarray(0, 12), ...grids[1]!.subarray(8, 12)]),
    ])
    expect(third?.[1]?.pixels.subarray(0, 24 * 96)).toEqual(drawn?.pixels.subarray(0, 24 * 96))
  })
})

describe('with a palette', () => {
  it('nothing shows after its row, then places from the top of the picture', async () => {
    const target = join(folder, 'palette')
    const { id } = await makeTinyPack(target, { hasPalette: true })
    const coloured = await loadPack({ packId: id, folder: target, precision: 'fp32' }, { threads: 1 })
    // A code has no look of its own.
    expect(await Swatches.make(coloured, 60)).toBe(null)
    const drawer = new PreviewDrawer(coloured, () => null, 2)
    const tall = grids.map((grid) => Uint16Array.from([0, 9, 18, 27, ...grid]))
    expect(await drawer.draw(tall, 1, 1000)).toBe(null)
    const shows = (pictures: readonly (RgbPicture | null)[] | null) =>
      pictures?.map((picture) => picture && [greyLines(picture.pixels, 0), greyLines(picture.pixels, 8)])
    // The first picture does not wait for the others: they follow beside the steps of the next row, and come with it.
    const first = await drawer.draw(tall, 2, 0)
    expect(shows(first)).toEqual([[false, true], null])
    await drawer.glance(tall)
    await drawer.glance(tall)
    expect(shows(await drawer.draw(tall, 3, 0))).toEqual([null, [false, true]])
    expect(await drawer.draw(tall, 4, 0)).toBe(null)
    const [drawn] = await drawGrids(coloured, [
      Uint16Array.from([...tall[0]!.subarray(0, 8), ...tall[0]!.subarray(4, 8)]),
    ])
    expect(first?.[0]?.pixels.subarray(0, 8 * 96)).toEqual(drawn?.pixels.subarray(0, 8 * 96))
    expect(await drawer.draw(tall, 5, 2000)).toBe(null)
  })
})
