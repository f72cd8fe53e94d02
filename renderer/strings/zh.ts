import type { Strings } from './en.ts'
import * as candidates from './zh/candidates.ts'
import * as editor from './zh/editor.ts'
import * as errors from './zh/errors.ts'
import * as history from './zh/history.ts'
import * as library from './zh/library.ts'
import * as packs from './zh/packs.ts'
import * as page from './zh/page.ts'
import * as panels from './zh/panels.ts'
import * as preferences from './zh/preferences.ts'
import * as prompt from './zh/prompt.ts'
import * as viewer from './zh/viewer.ts'

/** 界面的中文文字。 */
export const zh: Strings = {
  languageTag: 'zh-CN',
  languageName: '中文',
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
