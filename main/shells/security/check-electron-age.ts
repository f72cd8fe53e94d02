import { readFileSync } from 'node:fs'

/** Electron supports its three newest majors; 45 was the newest when this was written (November 2026). */
const oldestSupportedMajor = 43

/** Reads the version that packaging will use. */
export function checkElectronAge(file = new URL('../../../package.json', import.meta.url)): readonly string[] {
  const { devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as {
    devDependencies?: Readonly<Record<string, string>>
  }
  const range = devDependencies?.['electron'] ?? ''
  const major = Number(/\d+/.exec(range)?.[0] ?? 0)
  return major >= oldestSupportedMajor
    ? []
    : [`Electron ${range || 'is missing'}, the oldest supported is ${oldestSupportedMajor}`]
}
