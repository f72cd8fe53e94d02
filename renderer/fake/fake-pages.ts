/** Pages by number: the cursor is how many were looked at. */
export function pageOf<T>(
  total: number,
  at: (place: number) => T,
  matches: (item: T) => boolean,
  cursor?: string | null,
  limit = 100,
) {
  const items: T[] = []
  let place = Number(cursor ?? 0)
  for (; place < total && items.length < limit; place += 1) {
    const item = at(place)
    if (matches(item)) items.push(item)
  }
  return { items, nextCursor: place < total ? String(place) : null }
}

/** Whether a prompt has every word of a search. */
export const hasWords = (query = '') => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ prompt }: { readonly prompt: string }) => words.every((word) => prompt.toLowerCase().includes(word))
}
