import type { Page } from '@playwright/test'

/** A screen of the page over the pretended studio. */
interface Screen {
  /** What to ask of the pretended studio: renderer/fake/main.ts. */
  readonly query: string
  /** How to get there from the page as it opens. */
  readonly go: (page: Page) => Promise<unknown>
}

const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true })
const generate = (page: Page) => page.getByRole('button', { name: 'Generate' })
const tiles = (page: Page) => page.locator('button[data-tile]')
const shelf = '?library=480#/library'

async function openRun(page: Page): Promise<void> {
  await page.locator('[data-history-item]').nth(1).click()
  await tiles(page).nth(15).waitFor()
}

/** @param place of the candidate, best first */
async function openPicture(page: Page, place: number): Promise<void> {
  await openRun(page)
  await tiles(page).nth(place).click()
  await page.getByText('File hash').waitFor()
}

async function search(page: Page, words: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search library' }).fill(words)
}

async function compare(page: Page, places: readonly number[]): Promise<void> {
  await openRun(page)
  for (const place of places) await tiles(page).nth(place).press('c')
  await page.getByRole('button', { name: `Compare ${places.length}` }).click()
}

export const screens: Readonly<Record<string, Screen>> = {
  empty: { query: '?library=0', go: (page) => page.getByRole('button', { name: 'Skip' }).click() },
  tour: { query: '?library=0', go: (page) => page.getByRole('region', { name: 'First picture' }).waitFor() },
  templates: { query: '', go: (page) => page.getByText('Templates').click() },
  drawing: {
    // Slow enough to be seen in the middle of a run by a busy machine, too.
    query: '?row=3000',
    go: async (page) => {
      await prompt(page).fill('a yellow cat face wearing a hat')
      await generate(page).click()
      await page.getByText(/Row [2-9] of 12/).waitFor()
    },
  },
  failed: {
    query: '?fail&row=20',
    go: async (page) => {
      await prompt(page).fill('a {red|blue} {apple|car} made of glass')
      await generate(page).click()
      await page.getByRole('alert').first().waitFor()
    },
  },
  candidates: { query: '', go: openRun },
  pinned: {
    query: '',
    go: async (page) => {
      await openRun(page)
      await page.locator('[data-history-item]').nth(2).hover()
      await page.getByRole('button', { name: /^Pin:/ }).nth(2).click()
      await page.getByText('Pinned').waitFor()
    },
  },
  compare: { query: '', go: (page) => compare(page, [0, 1, 2, 3]) },
  slider: {
    query: '',
    go: async (page) => {
      await compare(page, [0, 1])
      await page.getByText('Slider', { exact: true }).click()
    },
  },
  exporting: {
    query: '',
    go: async (page) => {
      await openRun(page)
      await page.getByRole('button', { name: 'Contact sheet' }).click()
      await page.getByRole('dialog', { name: 'Export pictures' }).waitFor()
    },
  },
  picture: { query: '', go: (page) => openPicture(page, 0) },
  uncertainty: {
    query: '',
    go: async (page) => {
      await openPicture(page, 3)
      await page.keyboard.press('h')
    },
  },
  panels: {
    query: '',
    go: async (page) => {
      await openPicture(page, 0)
      await page.getByRole('button', { name: 'Two panels' }).click()
      await page.getByRole('dialog', { name: 'Two panels' }).getByText('Red', { exact: true }).click()
    },
  },
  editor: {
    query: '',
    go: async (page) => {
      await openPicture(page, 2)
      await page.getByRole('button', { name: 'Edit with words' }).click()
      await page.getByText('Redraw brush').click()
      const box = await page.getByRole('application').boundingBox()
      if (box === null) throw new Error('The token grid is not on the page.')
      await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.35, { steps: 6 })
      await page.mouse.up()
    },
  },
  library: {
    query: '?library=100000#/library',
    go: async (page) => {
      await page.getByText('100,000 pictures').waitFor()
      await page.getByRole('slider', { name: 'Timeline' }).waitFor()
    },
  },
  chosen: {
    query: shelf,
    go: async (page) => {
      const pictures = page.getByRole('listbox', { name: 'Pictures' }).getByRole('option')
      await pictures.nth(1).click({ modifiers: ['ControlOrMeta'] })
      await pictures.nth(4).click({ modifiers: ['Shift'] })
    },
  },
  stacks: {
    query: shelf,
    go: async (page) => {
      await page.getByRole('button', { name: 'One per run' }).click()
      await page.getByText('30 pictures found').waitFor()
    },
  },
  search: {
    query: shelf,
    go: async (page) => {
      await search(page, 'umbrella')
      await page.getByText(/found/).waitFor()
    },
  },
  nothing: {
    query: shelf,
    go: async (page) => {
      await search(page, 'zeppelin')
      await page.getByText('Nothing with these words').waitFor()
    },
  },
  savedSearches: {
    query: shelf,
    go: async (page) => {
      await search(page, 'umbrella')
      await page.getByRole('button', { name: 'Saved searches' }).click()
      await page.getByRole('textbox', { name: 'Name of the search' }).fill('Umbrellas')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByRole('button', { name: 'Saved searches' }).click()
    },
  },
  duplicates: {
    query: shelf,
    go: async (page) => {
      await page.getByRole('button', { name: 'Near-duplicates' }).click()
      const letGo = page.getByRole('button', { name: /Delete the other/ })
      await letGo.first().waitFor()
    },
  },
  packs: { query: '#/packs', go: (page) => page.getByText('Apache-2.0').first().waitFor() },
  noPacks: { query: '?nopack#/packs', go: (page) => page.getByText('No pack is installed').first().waitFor() },
  settings: { query: '#/settings', go: (page) => page.getByText('a photo of food').waitFor() },
  palette: {
    query: '',
    go: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('listbox').waitFor()
    },
  },
}
