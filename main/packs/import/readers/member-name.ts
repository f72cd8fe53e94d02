import { refuse, type Rule } from './refusal.ts'

// The names Windows gives to devices, with or without an extension.
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i
const control = /[\u0000-\u001f\u007f]/

/**
 * Checks the name of an archive member by the strictest of the systems Easel runs on.
 * @throws Refusal with `rule`
 */
export function checkMemberName(name: string, place: string, rule: Rule): void {
  const bad = (reason: string): never =>
    refuse(rule, place, `member name ${JSON.stringify(name.slice(0, 80))} ${reason}`)
  if (name.length === 0 || name.length > 512) bad('is empty or longer than 512 characters')
  if (control.test(name)) bad('holds control characters')
  if (name.includes('\\')) bad('holds a backslash')
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) bad('is absolute')
  const segments = (name.endsWith('/') ? name.slice(0, -1) : name).split('/')
  for (const segment of segments) {
    if (segment === '' || segment === '..') bad('leaves its folder')
    if (reserved.test(segment)) bad('is a device name')
    if (/[ .]$/.test(segment) && segment !== '.') bad('ends in a dot or a blank')
  }
}

/** Two names with the same key would be one file on some system. */
export function collisionKey(name: string): string {
  return name.normalize('NFC').toLowerCase()
}
