import { draw, historyOf, tilesOf } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('variables become a run each; the history is searched, and gives settings back', async ({ startStudio }) => {
  test.slow()
  const { page } = await startStudio()
  const composer = page.getByRole('region', { name: 'Prompt and settings' })
  const prompt = composer.getByRole('textbox', { name: 'Prompt', exact: true })
  const seed = composer.getByRole('spinbutton', { name: 'Seed' })

  await test.step('two words in two places are four runs', async () => {
    await draw(page, { prompt: 'a house', candidates: 1, seed: 7 })
    await prompt.fill('a {red|blue} {apple|car}')
    await expect(composer.getByText('4 prompts from the variables')).toBeVisible()
    await expect(composer.getByRole('listitem')).toHaveText(['a red apple', 'a red car', 'a blue apple', 'a blue car'])
    await composer.getByRole('button', { name: 'Generate 4 prompts' }).click()
    const drawn = historyOf(page).filter({ hasText: '1 picture' })
    await expect(drawn).toHaveCount(5, { timeout: 60_000 })
  })
  await test.step('the history is searched by words', async () => {
    const search = page.getByRole('searchbox', { name: 'Search prompts' })
    await search.fill('car')
    await expect(historyOf(page)).toHaveText([/^a blue car/, /^a red car/])
    await search.fill('house')
    await expect(historyOf(page)).toHaveText([/^a house/])
  })
  await test.step('the settings of a run come back, its seed locked; run again draws under another', async () => {
    await seed.fill('')
    await seed.press('Tab')
    await prompt.fill('something else')
    await historyOf(page).first().hover()
    await page.getByRole('button', { name: 'Copy settings: a house' }).click()
    await expect(prompt).toHaveValue('a house')
    await expect(seed).toHaveValue('7')
    await expect(composer.getByRole('button', { name: 'Lock the seed' })).toHaveAttribute('aria-pressed', 'true')
    await page.getByRole('button', { name: 'Run again: a house' }).click()
    await expect(historyOf(page).filter({ hasText: '1 picture' })).toHaveCount(2, { timeout: 60_000 })
    await expect(tilesOf(page)).toHaveCount(1)
    await expect(page.getByRole('region', { name: 'Candidates' }).getByText(/^seed (?!7$)\d+$/)).toBeVisible()
  })
})

test('what is too long is named, settings are kept as a preset, and the page speaks Chinese', async ({
  startStudio,
}) => {
  const { page } = await startStudio()
  const composer = page.getByRole('region', { name: 'Prompt and settings' })
  const prompt = composer.getByRole('textbox', { name: 'Prompt', exact: true })
  const temperature = composer.getByRole('spinbutton', { name: 'Temperature' })

  await test.step('tokens are counted, and what is not read is said', async () => {
    await prompt.fill('a red apple')
    await expect(composer.getByText(/^\d+ of \d+ tokens$/)).toBeVisible()
    await prompt.fill(`a red apple ${'on a green table '.repeat(20)}and a zebra`)
    await expect(composer.getByText(/^Too long for this pack\. Not read: “.*and a zebra”$/)).toBeVisible()
    await prompt.fill('a red apple')
    await expect(composer.getByText('Too long for this pack')).toBeHidden()
  })
  await test.step('a preset brings its settings back', async () => {
    const own = await temperature.inputValue()
    await temperature.fill('1.3')
    await temperature.press('Tab')
    await composer.getByRole('button', { name: 'Save as preset' }).click()
    await composer.getByRole('textbox', { name: 'Name of the preset' }).fill('Wild')
    await page.keyboard.press('Enter')
    await composer.getByRole('button', { name: 'Back to the pack’s own' }).click()
    await expect(temperature).toHaveValue(own)
    await composer.getByRole('button', { name: 'Wild', exact: true }).click()
    await expect(temperature).toHaveValue('1.3')
  })
  await test.step('all of it is there after a reload, in Chinese too', async () => {
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('radiogroup', { name: 'Language' }).getByText('中文').click()
    await expect(page.getByRole('heading', { name: '设置', level: 1 })).toBeVisible()
    await page.reload()
    await page.getByRole('link', { name: '创作' }).click()
    await expect(page.locator('html')).toHaveAttribute('lang', /^zh/)
    await expect(page.getByRole('textbox', { name: '提示词', exact: true })).toHaveValue('a red apple')
    await expect(page.getByRole('button', { name: 'Wild', exact: true })).toBeVisible()
    await expect(page.getByRole('spinbutton', { name: '温度' })).toHaveValue('1.3')
  })
})
