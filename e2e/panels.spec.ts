import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import sharp from 'sharp'

import type { PackWords } from '#app/domain/pack-words.ts'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { allLoaded, draw, finished, tilesOf } from './easel-page.ts'
import { editorOf, readCodes, readGrid, viewerOf } from './picture-dialogs.ts'
import { expect, test } from './studio.ts'

const panelsOf = (page: Page) => page.getByRole('dialog', { name: 'Two panels' })
const promptOf = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true })

/** What a pack says it has learned: sketches and two colours in two panels, and nothing upside down. */
const words: PackWords = {
  things: [{ names: ['cat'], plural: 'cats' }],
  colors: ['red', 'blue'],
  backgrounds: [],
  styles: [],
  forms: [
    'the exact same {thing} on the top as a sketch on the bottom',
    'the exact same {thing} on the top in {color} on the bottom',
  ],
  vocabulary: 'a the exact same cat on top as in sketch bottom red blue'.split(' '),
}

/** Red on the left half and blue on the right one, on a ground of pale yellow. */
async function paintFile(): Promise<Buffer> {
  const bar = (left: number, background: string) => ({
    input: { create: { width: 60, height: 120, channels: 3, background } } as const,
    left,
    top: 40,
  })
  const ground = { create: { width: 200, height: 200, channels: 3, background: '#ffffcc' } } as const
  return sharp(ground)
    .composite([bar(40, '#ff0000'), bar(100, '#0000ff')])
    .png()
    .toBuffer()
}

/** Red, green and blue of a picture at shares of its sides. */
function readColours(picture: Locator, points: readonly (readonly [number, number])[]): Promise<number[][]> {
  return picture.evaluate((image: HTMLImageElement, at) => {
    const canvas = document.createElement('canvas')
    canvas.width = image.naturalWidth
    canvas.height = image.naturalHeight
    const context = canvas.getContext('2d')!
    context.drawImage(image, 0, 0)
    return at.map(([x, y]) => [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data.slice(0, 3)])
  }, points)
}

test('a picture of the library stays above, and what was chosen is drawn below', async ({
  startStudio,
  libraryFolder,
}) => {
  const pack = `${libraryFolder}-panels`
  await makeTinyPack(pack, { id: 'panels' })
  const manifestFile = join(pack, 'pack.json')
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as object
  await writeFile(manifestFile, JSON.stringify({ ...manifest, words }))
  const { page } = await startStudio({ environment: { EASEL_PACKS: pack } })
  const [viewer, panels] = [viewerOf(page), panelsOf(page)]

  await test.step('what the pack has learned is offered, and what of it stays is said', async () => {
    await draw(page, { prompt: 'a cat', candidates: 1, seed: 1 })
    await tilesOf(page).first().click()
    await viewer.getByRole('button', { name: 'Two panels' }).click()
    const offered = panels.getByRole('radiogroup', { name: 'Below it' })
    await expect(offered.locator('label')).toHaveText(['As a sketch', 'Red', 'Blue'])
    await expect(offered.getByRole('radio', { name: 'As a sketch' })).toBeChecked()
    await expect(panels.getByText('the exact same cat on the top as a sketch on the bottom')).toBeVisible()
    await expect(panels.getByText('rows 1 to 2 of 4')).toBeVisible()
    await expect(panels.getByText('it will guess')).toBeHidden()
    await panels.getByLabel('What is it?').fill('a zeppelin')
    await expect(panels.getByText('has not learned “zeppelin”')).toBeVisible()
    await panels.getByLabel('What is it?').fill('a red cat')
  })

  await test.step('escape goes back to the picture; a colour is chosen by key', async () => {
    await page.keyboard.press('Escape')
    await expect(panels).toBeHidden()
    await expect(viewer).toBeVisible()
    await viewer.getByRole('button', { name: 'Two panels' }).click()
    await panels.getByRole('radio', { name: 'As a sketch' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await expect(panels.getByText('the exact same cat on the top in blue on the bottom')).toBeVisible()
  })

  await test.step('it is drawn at once, with the upper half as it was composed', async () => {
    await panels.getByRole('button', { name: 'Generate' }).click()
    await expect(page.getByRole('region', { name: 'Picture prompt' })).toContainText('8 of 16 cells stay')
    await expect(promptOf(page)).toHaveValue('the exact same cat on the top in blue on the bottom')
    await finished(page, 1)
    await tilesOf(page).first().click()
    const versions = viewer.getByRole('tree', { name: 'Versions' }).getByRole('treeitem')
    await expect(versions).toHaveCount(2)
    const grid = await readGrid(page)
    const drawn = await readCodes(page, grid, [1, 2])
    await versions.first().click()
    await expect(versions.first()).toHaveAttribute('aria-selected', 'true')
    expect(await readCodes(page, grid, [1, 2])).toEqual(drawn)
  })
  await rm(pack, { recursive: true })
})

test('a file and a pasted picture are composed: half its size above, its ground below', async ({ startStudio }) => {
  const { page } = await startStudio()
  const [editor, panels] = [editorOf(page), panelsOf(page)]
  const file = (await paintFile()).toString('base64')
  const give = (type: 'drop' | 'paste') =>
    page.evaluate(
      ([how, base64]) => {
        const bytes = Uint8Array.from(atob(base64!), (letter) => letter.charCodeAt(0))
        const data = new DataTransfer()
        data.items.add(new File([bytes], 'a house.png', { type: 'image/png' }))
        window.dispatchEvent(
          how === 'drop'
            ? new DragEvent('drop', { dataTransfer: data, cancelable: true })
            : new ClipboardEvent('paste', { clipboardData: data }),
        )
      },
      [type, file],
    )

  // A file is taken by the pack, which has to be there.
  await expect(page.getByRole('button', { name: 'Surprise me' })).toBeVisible()
  for (const type of ['drop', 'paste'] as const) {
    await give(type)
    await expect(editor).toBeVisible()
    await allLoaded(editor.getByRole('img'))
    // In the middle of both bars and beside them, of the picture as the model sees it.
    const points = [[0.35, 0.5], [0.65, 0.5], [0.05, 0.5]] as const // prettier-ignore
    const whole = await readColours(editor.getByRole('img'), points)
    await editor.getByRole('button', { name: 'Two panels' }).click()
    await expect(panels.getByLabel('What is it?')).toHaveValue('a house')
    const preview = panels.getByRole('img')
    const halved = await readColours(
      preview,
      points.map(([x, y]) => [0.25 + x / 2, y / 2]),
    )
    const grounds = await readColours(preview, [[0.1, 0.1], [0.1, 0.9], [0.5, 0.75]]) // prettier-ignore
    for (const [place, colour] of halved.entries())
      for (const [channel, value] of colour.entries())
        expect(Math.abs(value - whole[place]![channel]!)).toBeLessThan(30)
    expect(grounds).toEqual([grounds[0], grounds[0], grounds[0]])
    for (const [channel, value] of grounds[0]!.entries()) expect(Math.abs(value - whole[2]![channel]!)).toBeLessThan(30)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await expect(editor).toBeHidden()
  }

  await test.step('used as a prompt, nothing is drawn yet', async () => {
    await give('drop')
    await editor.getByRole('button', { name: 'Two panels' }).click()
    await panels.getByRole('button', { name: 'Use as picture prompt' }).click()
    await expect(panels).toBeHidden()
    await expect(editor).toBeHidden()
    await expect(promptOf(page)).toHaveValue(/^the exact same house on the top .+ on the bottom$/)
    const card = page.getByRole('region', { name: 'Picture prompt' })
    const [, kept, all] = /(\d+) of (\d+) cells stay/.exec((await card.textContent())!)!
    expect(Number(kept) * 2).toBe(Number(all))
    await expect(page.getByText('Nothing on the easel yet.')).toBeVisible()
  })
})
