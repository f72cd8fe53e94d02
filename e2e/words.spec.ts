import { finished } from './easel-page.ts'
import { expect, test } from './studio.ts'

test('the pack says what it knows, and clicks make a prompt of it', async ({ startStudio }) => {
  const { page } = await startStudio()
  const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true })
  const composer = page.getByRole('region', { name: 'Prompt and settings' })

  await composer.getByText(/^Words it knows \(\d+ things\)$/).click()
  await composer.getByRole('searchbox', { name: 'Find a thing' }).fill('rock')
  await composer.getByRole('group', { name: 'Things' }).getByRole('button', { name: 'rocket', exact: true }).click()
  await expect(prompt).toHaveValue('a rocket')
  await composer.getByRole('group', { name: 'Colours' }).getByRole('button', { name: 'orange' }).click()
  await expect(prompt).toHaveValue('an orange rocket')
  await composer.getByRole('group', { name: 'Backgrounds' }).getByRole('button', { name: 'blue' }).click()
  await expect(prompt).toHaveValue('an orange rocket on a blue background')
  await expect(composer.getByText('has not learned')).toBeHidden()

  await prompt.fill('a zeppelin above a house')
  await expect(composer.getByText('The pack has not learned “zeppelin”: it will guess.')).toBeVisible()

  await test.step('each template offered is made of words it knows', async () => {
    const templates = composer.getByRole('group').filter({ hasText: 'Sentences to start from' }).getByRole('button')
    await composer.getByText('Templates').click()
    const count = await templates.count()
    expect(count).toBeGreaterThan(4)
    for (let place = 0; place < count; place += 1) {
      const sentence = await templates.nth(place).locator('span').innerText()
      await templates.nth(place).click()
      await expect(prompt).toHaveValue(sentence)
      await expect(composer.getByText('has not learned')).toBeHidden()
      await composer.getByText('Templates').click()
    }
    await composer.getByText('Templates').click()
  })

  await prompt.fill('a zeppelin above a house')
  await composer.getByRole('button', { name: 'Surprise me' }).click()
  await expect(prompt).not.toHaveValue('a zeppelin above a house')
  await expect(composer.getByText('has not learned')).toBeHidden()
  await composer.getByRole('spinbutton', { name: 'Candidates' }).fill('4')
  await page.getByRole('button', { name: 'Generate' }).click()
  await finished(page, 4)
})
