import { FuseV1Options } from '@electron/fuses'

import { wantedFuses } from './fuses.ts'

/** What the official tutorial says each fuse should be for a program that ships no snapshot and loads no files. */
const on = new Set([
  'EnableCookieEncryption',
  'EnableEmbeddedAsarIntegrityValidation',
  'OnlyLoadAppFromAsar',
  'WasmTrapHandlers',
])

/** Whether the configuration sets every fuse `@electron/fuses` knows, as wanted. */
export function fuseProblems(fuses: Readonly<Record<string, boolean>> = wantedFuses): readonly string[] {
  const known = Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name)))
  return known.flatMap((name) => {
    if (fuses[name] === undefined) return [`the fuse ${name} is not set`]
    return fuses[name] === on.has(name) ? [] : [`the fuse ${name} is ${fuses[name] ? 'on' : 'off'}`]
  })
}
