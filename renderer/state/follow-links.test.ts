import { expect, test } from 'vitest'

import { StudioError } from '#app/contract/errors.ts'

import { followLinks, type FollowedStudio } from './follow-links.ts'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'

/** What a fragment did, in words. */
async function follow(hash: string): Promise<readonly string[]> {
  const done: string[] = []
  const studio = {
    draft: {
      set prompt(prompt: string) {
        done.push(`prompt ${prompt}`)
      },
    },
    route: { go: (place: string) => done.push(`go ${place}`) },
    viewer: { open: ({ id: shown }: { id: string }) => done.push(`open ${shown}`) },
    notices: {
      guard: (action: () => Promise<unknown>) => action().catch((error: unknown) => done.push(String(error))),
    },
    connection: {
      api: {
        getPicture: async ({ pictureId }: { pictureId: string }) => {
          if (pictureId !== id) throw new StudioError('notFound', 'There is no such picture.')
          return { id: pictureId }
        },
      },
    },
  }
  const page = { location: { hash }, addEventListener: () => undefined }
  await followLinks(studio as unknown as FollowedStudio, page as unknown as Window)
  return done
}

test('a prompt is put into the composer, and nothing is drawn', async () => {
  expect(await follow('#/create?prompt=a%20red%20apple')).toEqual(['prompt a red apple', 'go create'])
})

test('a picture is opened in the library; one that is not there is told', async () => {
  expect(await follow(`#/picture/${id}`)).toEqual(['go library', `open ${id}`])
  expect(await follow(`#/picture/${id.replace('0', '1')}`)).toEqual(['StudioError: There is no such picture.'])
})

test.each(['', '#/library', '#/picture/../x', '#/nowhere?prompt=x', `#code=${'x'.repeat(43)}`])(
  '%j does nothing',
  async (hash) => {
    expect(await follow(hash)).toEqual([])
  },
)
