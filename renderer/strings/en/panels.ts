import type { PanelLook } from '#renderer/state/panel-prompt.ts'

const looks: Record<PanelLook, string> = {
  sketch: 'As a sketch',
  outline: 'As an outline',
  blackAndWhite: 'In black and white',
  mirrored: 'Mirrored',
  upsideDown: 'Upside down',
}
/** By the names that packs have for them; a colour that is not here is called by that name. */
const colors: Readonly<Record<string, string>> = {
  red: 'Red',
  orange: 'Orange',
  yellow: 'Yellow',
  green: 'Green',
  blue: 'Blue',
  purple: 'Purple',
  pink: 'Pink',
  brown: 'Brown',
  black: 'Black',
  white: 'White',
  gray: 'Grey',
}

export const panels = {
  name: 'Two panels',
  open: 'Two panels…',
  openSays: 'Puts it into the upper half; words draw another one below: as a sketch, in another colour.',
  says: 'The picture stays in the upper half. Below it the model draws another one, as the words say.',
  subject: 'What is it?',
  change: 'Below it',
  looks,
  colorsName: 'In another colour',
  colors,
  prompt: 'Prompt',
  stays: 'Stays',
  drawn: 'Drawn anew',
  rowsStay: (rows: number, of: number) => `The upper half stays: rows 1 to ${rows} of ${of}, code for code.`,
  guesses: 'This pack has not learned to draw in two panels: it will guess.',
  generate: 'Generate',
  use: 'Use as picture prompt',
  alt: 'The picture in the upper half, room for another one below',
}
