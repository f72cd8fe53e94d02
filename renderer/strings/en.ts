import * as candidates from './en/candidates.ts'
import * as editor from './en/editor.ts'
import * as errors from './en/errors.ts'
import * as history from './en/history.ts'
import * as library from './en/library.ts'
import * as packs from './en/packs.ts'
import * as page from './en/page.ts'
import * as panels from './en/panels.ts'
import * as preferences from './en/preferences.ts'
import * as prompt from './en/prompt.ts'
import * as viewer from './en/viewer.ts'

/** Everything the page says, in English, a file for each screen. Other tables have the same shape, checked by the compiler. */
export const en = {
  languageTag: 'en',
  languageName: 'English',
  ...candidates,
  ...editor,
  ...errors,
  ...history,
  ...library,
  ...packs,
  ...page,
  ...panels,
  ...preferences,
  ...prompt,
  ...viewer,
}

/** The shape of every string table. */
export type Strings = typeof en
