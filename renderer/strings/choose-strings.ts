import { en, type Strings } from './en.ts'
import { zh } from './zh.ts'

/** @param systemLanguages language tags of the system, the best first. */
export function chooseStrings(language: 'system' | 'en' | 'zh', systemLanguages: readonly string[]): Strings {
  if (language !== 'system') return language === 'zh' ? zh : en
  const known = systemLanguages
    .map((tag) => tag.toLowerCase())
    .find((tag) => tag.startsWith('zh') || tag.startsWith('en'))
  return known?.startsWith('zh') ? zh : en
}
