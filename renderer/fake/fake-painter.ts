/** What there is to draw, by words of the prompt; the first that fits is what most candidates show. */
const subjects: readonly (readonly [word: string, icon: string, lookalike: string])[] = [
  ['apple', 'red-apple', 'cherries'],
  ['cat', 'cat-face', 'fox'],
  ['car', 'automobile', 'taxi'],
  ['tree', 'deciduous-tree', 'evergreen-tree'],
  ['pizza', 'pizza', 'pie'],
  ['snowman', 'snowman', 'penguin'],
  ['fox', 'fox', 'wolf'],
  ['umbrella', 'umbrella', 'beach-with-umbrella'],
  ['clock', 'alarm-clock', 'stopwatch'],
  ['penguin', 'penguin', 'baby-chick'],
  ['fish', 'tropical-fish', 'blowfish'],
  ['house', 'house', 'hut'],
  ['rocket', 'rocket', 'satellite'],
  ['guitar', 'guitar', 'violin'],
  ['mushroom', 'mushroom', 'potted-plant'],
  ['whale', 'spouting-whale', 'whale'],
]

export const fakePrompts = [
  'a red apple on a white background',
  'a yellow cat face',
  'a blue car',
  'a green tree in autumn',
  'a slice of pizza with olives',
  'a snowman in the snow',
  'a fox in a flat emoji style',
  'a purple umbrella in the rain',
  'a green clock in the shape of a star',
  'a penguin wearing a blue hat',
  'an orange tropical fish',
  'a small house with a garden',
  'a rocket flying to the moon',
  'an electric guitar',
  'a red mushroom with white dots',
  'a whale spouting water',
]

/** A picture as a `blob:` address; `rows` of twelve are drawn, the rest is grey. */
export type Painter = (prompt: string, seed: number, rows: number) => string

/** @param bodyOf SVG body, 32 × 32, of an icon by name */
export function createFakePainter(bodyOf: (icon: string) => string): Painter {
  const made = new Map<string, string>()
  return (prompt, seed, rows) => {
    const key = `${prompt}|${seed}|${rows}`
    const known = made.get(key)
    if (known !== undefined) return known
    const subject = subjects.find(([word]) => prompt.includes(word)) ?? ['', 'artist-palette', 'framed-picture']
    const icon = seed % 7 === 3 ? subject[2] : subject[1]
    const turn = ((seed * 37) % 31) - 15
    const grow = 0.72 + ((seed * 13) % 23) / 90
    const hue = ((seed * 53) % 41) - 20
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="192" height="192" viewBox="0 0 32 32">
      <rect width="32" height="32" fill="#fff"/>
      <g style="filter:hue-rotate(${hue}deg)" transform="translate(16 16) rotate(${turn}) scale(${grow}) translate(-16 -16)">${bodyOf(icon)}</g>
      <rect y="${(rows / 12) * 32}" width="32" height="32" fill="#b5b2ad"/></svg>`
    const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
    made.set(key, url)
    return url
  }
}
