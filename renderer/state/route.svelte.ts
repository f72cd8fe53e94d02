export const places = ['create', 'library', 'packs', 'settings'] as const
export type Place = (typeof places)[number]

/** Where in the studio we are; it lives in the fragment, so Back works and a link is a link. */
export class Route {
  readonly #page: Window
  #place = $state<Place>('create')

  constructor(page: Window) {
    this.#page = page
    this.#place = read(page.location.hash)
    page.addEventListener('hashchange', () => {
      this.#place = read(page.location.hash)
    })
  }

  get place(): Place {
    return this.#place
  }

  go(place: Place): void {
    this.#page.location.hash = `#/${place}`
    this.#place = place
  }
}

function read(hash: string): Place {
  return places.find((place) => hash === `#/${place}`) ?? 'create'
}
