import type { Electron } from './electron-module.ts'

/** Where licences, papers and the project itself are. Anything else stays closed. */
export const allowedSites: ReadonlySet<string> = new Set([
  'github.com',
  'huggingface.co',
  'arxiv.org',
  'creativecommons.org',
  'opensource.org',
  'www.apache.org',
])

const maxUrlLength = 2000

export function isAllowedLink(url: string): boolean {
  // A backslash counts as a slash for some readers and as part of a name for others.
  if (url.length > maxUrlLength || url.includes('\\') || !URL.canParse(url)) return false
  const { protocol, hostname, port, username, password } = new URL(url)
  return protocol === 'https:' && allowedSites.has(hostname) && port === '' && username === '' && password === ''
}

/** Opens a link in the default browser if it is on the list; says nothing otherwise. */
export function openLink({ shell }: Pick<Electron, 'shell'>, url: string): void {
  // What was checked is what is opened: the URL as parsed, not as written.
  if (isAllowedLink(url)) void shell.openExternal(new URL(url).href).catch(() => undefined)
}
