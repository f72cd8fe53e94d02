import { afterAll, afterEach, expect, test, vi } from 'vitest'

import { newestSource } from './newest-source.ts'

/** Requests in order; each is answered when the test says so. */
const asked: { readonly src: string; readonly answer: (isThere: boolean) => void }[] = []

class PretendedImage {
  src = ''
  isConnected = true
  decode(): Promise<void> {
    return new Promise((resolve, reject) => {
      asked.push({ src: this.src, answer: (isThere) => (isThere ? resolve() : reject(new Error('404'))) })
    })
  }
}

vi.stubGlobal('Image', PretendedImage)
afterAll(() => void vi.unstubAllGlobals())
afterEach(() => void asked.splice(0))

const settle = () => new Promise((resolve) => setTimeout(resolve))
const newImage = () => new PretendedImage() as unknown as HTMLImageElement
const show = (image: HTMLImageElement, url: string) => void newestSource(url)(image)
const sources = () => asked.map(({ src }) => src)

test('one version is asked for at a time, and of those that came meanwhile the newest alone', async () => {
  const image = newImage()
  for (const version of ['1', '2', '3', '4']) show(image, version)
  expect(sources()).toEqual(['1'])
  asked[0]?.answer(true)
  await settle()
  expect({ shown: image.src, asked: sources() }).toEqual({ shown: '1', asked: ['1', '4'] })
  asked[1]?.answer(true)
  await settle()
  expect({ shown: image.src, asked: sources() }).toEqual({ shown: '4', asked: ['1', '4'] })
})

test('a version that is gone leaves what is shown, and the next one is asked for', async () => {
  const image = newImage()
  show(image, '1')
  asked[0]?.answer(true)
  await settle()
  show(image, '2')
  show(image, '3')
  asked[1]?.answer(false)
  await settle()
  expect({ shown: image.src, asked: sources() }).toEqual({ shown: '1', asked: ['1', '2', '3'] })
})

test('an image that has left the page asks for nothing more', async () => {
  const image = newImage()
  show(image, '1')
  show(image, '2')
  Object.assign(image, { isConnected: false })
  asked[0]?.answer(true)
  await settle()
  expect(sources()).toEqual(['1'])
})
