import { rm } from 'node:fs/promises'
import { makeTinyPack } from '#main/packs/tiny/make-tiny-pack.ts'

import { draw, finished, tilesOf } from './easel-page.ts'
import { editorOf, readCodes, readGrid, viewerOf, type Grid } from './picture-dialogs.ts'
import { expect, test } from './studio.ts'

/** The upper half is what the editor keeps until told otherwise. */
function upperHalf({ rows }: Grid): readonly number[] {
  const half = rows >> 1
  return [1, Math.ceil(half / 2), half]
}

test('the rows kept of a picture are in every picture drawn from it', async ({ startStudio }) => {
  const { page } = await startStudio()
  const [viewer, editor] = [viewerOf(page), editorOf(page)]
  await draw(page, { prompt: 'a red apple on a white background', candidates: 4, seed: 1 })
  await tilesOf(page).first().click()
  const grid = await readGrid(page)
  const original = await readCodes(page, grid, upperHalf(grid))
  const stays = `${(grid.rows >> 1) * grid.columns} of ${grid.rows * grid.columns} cells stay`

  await test.step('choose what stays', async () => {
    await viewer.getByRole('button', { name: 'Edit with words' }).click()
    await expect(editor.getByRole('radio', { name: 'Keep rows above' })).toBeChecked()
    await expect(editor.getByText(stays)).toBeVisible()
    await editor.getByRole('button', { name: 'Use as picture prompt' }).click()
    await expect(editor).toBeHidden()
    await expect(page.getByRole('region', { name: 'Picture prompt' })).toContainText(stays)
  })

  await test.step('words draw the rest', async () => {
    await draw(page, { prompt: 'a green apple', candidates: 4, seed: 2 })
    await expect(page.getByText('with a picture')).toBeVisible()
  })

  await test.step('what stayed is the same in the best and in the last', async () => {
    for (const tile of [tilesOf(page).first(), tilesOf(page).last()]) {
      await tile.click()
      expect(await readCodes(page, grid, upperHalf(grid))).toEqual(original)
      await page.keyboard.press('Escape')
      await expect(viewer).toBeHidden()
    }
  })

  await test.step('the versions are a tree that keys walk through', async () => {
    await tilesOf(page).first().click()
    const tree = viewer.getByRole('tree', { name: 'Versions' })
    const versions = tree.getByRole('treeitem')
    const current = tree.getByRole('treeitem', { selected: true })
    await expect(versions).toHaveCount(3)
    await expect(current).toHaveAccessibleName(/a green apple$/)
    await current.press('ArrowDown')
    await expect(versions.last()).toBeFocused()
    await expect(versions.last()).toHaveAccessibleName('3 more of this run')
    await versions.last().press('Enter')
    await expect(versions).toHaveCount(5)
    await current.press('ArrowLeft')
    await expect(versions.first()).toBeFocused()
    await versions.first().press('Enter')
    await expect(current).toHaveAccessibleName(/a red apple on a white background$/)
    await expect(viewer.getByRole('img', { name: 'a red apple on a white background' }).first()).toBeVisible()
    await expect(current).toBeFocused()
  })
})

test('brushes say what stays, and more like a picture is one click', async ({ startStudio }) => {
  const { page } = await startStudio()
  const editor = editorOf(page)
  await draw(page, { prompt: 'a house', candidates: 2, seed: 1 })

  await test.step('paint with the keys, undo and redo', async () => {
    await tilesOf(page).first().press('e')
    const said = await editor.getByText(/\d+ of \d+ cells stay/).textContent()
    const all = Number(/of (\d+) cells/.exec(said!)![1])
    await editor.getByText('Redraw brush').click()
    await editor.getByRole('button', { name: 'Keep everything' }).click()
    await expect(editor.getByRole('button', { name: 'Use as picture prompt' })).toBeDisabled()
    const cells = editor.getByRole('application')
    await cells.press('ArrowRight')
    await cells.press('ArrowDown')
    await cells.press(' ')
    await expect(editor.getByText(`${all - 1} of ${all} cells stay`)).toBeVisible()
    await editor.getByRole('button', { name: 'Undo' }).click()
    await expect(editor.getByText(`${all} of ${all} cells stay`)).toBeVisible()
    await editor.getByRole('button', { name: 'Redo' }).click()
    await expect(editor.getByText(`${all - 1} of ${all} cells stay`)).toBeVisible()
    // Two by two, from the cell that the arrows led to; and three by three with the pointer, from the first one.
    await cells.focus()
    await page.keyboard.down('Shift')
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key)
    await page.keyboard.up('Shift')
    await expect(editor.getByText(`${all - 4} of ${all} cells stay`)).toBeVisible()
    await editor.getByRole('button', { name: 'Undo' }).click()
    await expect(editor.getByText(`${all - 1} of ${all} cells stay`)).toBeVisible()
    const { x, y, width } = (await cells.boundingBox())!
    const cell = width / Math.sqrt(all)
    await page.keyboard.down('Shift')
    await page.mouse.move(x + 0.5 * cell, y + 0.5 * cell)
    await page.mouse.down()
    await page.mouse.move(x + 4.5 * cell, y + 4.5 * cell, { steps: 3 })
    await page.mouse.move(x + 2.5 * cell, y + 2.5 * cell, { steps: 3 })
    await page.mouse.up()
    await page.keyboard.up('Shift')
    await expect(editor.getByText(`${all - 9} of ${all} cells stay`)).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(editor).toBeHidden()
  })

  await test.step('more like this', async () => {
    await tilesOf(page).first().click()
    await page.getByRole('button', { name: 'More like this' }).click()
    await expect(page.getByText('with a picture')).toBeVisible()
    await finished(page, 2)
  })
})

test('drawn again from a cell that was uncertain, beside what was there before, and mirrored', async ({
  startStudio,
}) => {
  const { page } = await startStudio()
  const [viewer, editor] = [viewerOf(page), editorOf(page)]
  const looked = viewer.getByRole('img').first()
  await draw(page, { prompt: 'a house', candidates: 2, seed: 1 })
  await tilesOf(page).first().click()
  const grid = await readGrid(page)
  const [row, column] = [grid.rows >> 1, grid.columns >> 1]
  const original = (await looked.getAttribute('src'))!
  const forked = (row - 1) * grid.columns + column - 1

  await test.step('a click on a cell keeps all that the model wrote before it', async () => {
    await viewer.getByText('Uncertainty', { exact: true }).click()
    await expect(viewer.getByText('Warm cells are where the model was least sure of its code.')).toBeVisible()
    const box = (await looked.boundingBox())!
    const x = box.x + ((column - 0.5) / grid.columns) * box.width
    const y = box.y + ((row - 0.5) / grid.rows) * box.height
    await page.mouse.move(x, y)
    await expect(
      viewer.getByText(new RegExp(`^row ${row}, column ${column}: code \\d+ · \\d+\\.\\d\\d nats$`)),
    ).toBeVisible()
    await page.mouse.click(x, y)
    await expect(editor.getByText(`${forked} of ${grid.rows * grid.columns} cells stay`)).toBeVisible()
    await editor.getByRole('button', { name: /^Generate/ }).click()
    await finished(page, 2)
  })
  await test.step('the picture before is one key away', async () => {
    await tilesOf(page).first().click()
    await expect(viewer.getByRole('button', { name: 'Before' })).toBeVisible()
    const drawn = (await looked.getAttribute('src'))!
    expect(drawn).not.toBe(original)
    await page.keyboard.press('b')
    await expect(looked).toHaveAttribute('src', original)
    await expect(viewer.getByRole('button', { name: 'Before' })).toHaveAttribute('aria-pressed', 'true')
    await page.keyboard.press('b')
    await expect(looked).toHaveAttribute('src', drawn)
  })
  await test.step('mirrored, it is a picture of its own, and the loss is said', async () => {
    await page.keyboard.press('e')
    const painted = editor.getByRole('img').first()
    const before = (await painted.getAttribute('src'))!
    await editor.getByRole('button', { name: 'Mirror left and right' }).click()
    await expect(painted).not.toHaveAttribute('src', before)
    await expect(editor.getByText(/^As the model sees it: \d+\.\d dB\./)).toBeVisible()
  })
  await test.step('moved up, with the upper half kept, it goes on below', async () => {
    const painted = editor.getByRole('img').first()
    const before = (await painted.getAttribute('src'))!
    await editor.getByRole('button', { name: 'Extend below' }).click()
    await expect(painted).not.toHaveAttribute('src', before)
    await expect(
      editor.getByText(`${(grid.rows >> 1) * grid.columns} of ${grid.rows * grid.columns} cells stay`),
    ).toBeVisible()
    await editor.getByRole('button', { name: /^Generate/ }).click()
    await finished(page, 2)
    await expect(page.getByText('with a picture')).toBeVisible()
  })
})

test('shapes and colours of a picture are kept apart, where the pack has a palette', async ({
  startStudio,
  libraryFolder,
}) => {
  const pack = `${libraryFolder}-palette`
  await makeTinyPack(pack, { id: 'painted', hasPalette: true })
  const { page } = await startStudio({ environment: { EASEL_PACKS: pack } })
  const [viewer, editor] = [viewerOf(page), editorOf(page)]
  const card = page.getByRole('region', { name: 'Picture prompt' })
  const readColours = async () => {
    await viewer.getByText('Token grid', { exact: true }).first().click()
    return viewer.getByRole('list', { name: 'Colours' }).getByRole('listitem').allTextContents()
  }
  await draw(page, { prompt: 'a house', candidates: 1, seed: 1 })
  await tilesOf(page).first().click()
  const grid = await readGrid(page)
  const [shapes, colours] = [await readCodes(page, grid, [1, 2, 3, 4]), await readColours()]
  expect([grid, colours.length]).toEqual([{ rows: 4, columns: 4 }, 1])

  await test.step('the editor keeps the colours until told otherwise', async () => {
    await viewer.getByRole('button', { name: 'Edit with words' }).click()
    const keepColours = editor.getByRole('checkbox', { name: 'Keep the colours' })
    const use = editor.getByRole('button', { name: 'Use as picture prompt' })
    await expect(editor.getByText('8 of 16 cells stay')).toBeVisible()
    await expect(keepColours).toBeChecked()
    await editor.getByRole('button', { name: 'Recolour' }).click()
    await expect(editor.getByText('16 of 16 cells stay')).toBeVisible()
    await expect(keepColours).not.toBeChecked()
    await expect(use).toBeEnabled()
    await keepColours.check()
    await expect(use).toBeDisabled()
    await page.keyboard.press('Escape')
  })

  await test.step('recoloured: the same shapes', async () => {
    await tilesOf(page).first().click()
    await viewer.getByRole('button', { name: 'Recolour' }).click()
    await expect(card).toContainText('16 of 16 cells stay, the rest is drawn anew. Its colours are new.')
    await draw(page, { prompt: 'a blue cat', candidates: 1, seed: 2 })
    await tilesOf(page).first().click()
    expect(await readCodes(page, grid, [1, 2, 3, 4])).toEqual(shapes)
    expect(await readColours()).not.toEqual(colours)
  })

  await test.step('another shape in the colours of the first', async () => {
    const recoloured = await readColours()
    await viewer.getByRole('button', { name: 'New shape, same colours' }).click()
    await expect(card).toContainText('0 of 16 cells stay, the rest is drawn anew. Its colours stay.')
    await draw(page, { prompt: 'a green house', candidates: 1, seed: 3 })
    await tilesOf(page).first().click()
    expect(await readColours()).toEqual(recoloured)
    expect(await readCodes(page, grid, [1, 2, 3, 4])).not.toEqual(shapes)
  })
  await rm(pack, { recursive: true })
})
