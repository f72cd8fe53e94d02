import { parseLinkFragment } from '#app/contract/studio-link.ts'

import type { Studio } from './studio.svelte.ts'

type Page = Pick<Window, 'location' | 'addEventListener'>

/** Shows what the fragment of the address leads to: a prompt in the composer (never drawn at once), or one picture. @returns after the first look */
export async function followLinks(studio: FollowedStudio, page: Page): Promise<void> {
  page.addEventListener('hashchange', () => void follow(studio, page))
  await follow(studio, page)
}

/** The part of the studio that links reach. */
export type FollowedStudio = Pick<Studio, 'draft' | 'route' | 'notices' | 'viewer' | 'connection'>

async function follow(studio: FollowedStudio, page: Page): Promise<void> {
  const link = parseLinkFragment(page.location.hash)
  if (link?.kind === 'prompt') {
    studio.draft.prompt = link.prompt
    studio.route.go('create')
  }
  if (link?.kind !== 'picture') return
  const { pictureId } = link
  await studio.notices.guard(async () => {
    const picture = await studio.connection.api.getPicture({ pictureId })
    studio.route.go('library')
    studio.viewer.open(picture, { count: 1, at: (index) => (index === 0 ? picture : undefined), indexOf: () => 0 })
  })
}
