import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { InstalledPackage } from './native-packages.ts'

/** What tells people whose work is in the program. */
export const noticeFiles = ['LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES.txt', 'sbom.cdx.json'] as const

const licenceFile = /^(?:licen[cs]e|notice|copying|ofl|thirdpartynotices)/i

/** The licence texts of everything shipped, one package after another, in a stable order. */
export function licenceTexts(packages: readonly InstalledPackage[]): string {
  return packages
    .map(({ name, version, license, folder }) => {
      const texts = readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile() && licenceFile.test(entry.name))
        .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim())
      const heading = `${name} ${version} (${license})`
      return [heading, '='.repeat(heading.length), ...texts].join('\n\n')
    })
    .join('\n\n\n')
    .concat('\n')
}

/** A software bill of materials in CycloneDX 1.6, without time stamps, so that the same sources give the same file. */
export function billOfMaterials(name: string, version: string, packages: readonly InstalledPackage[]): string {
  const component = (part: { readonly name: string; readonly version: string; readonly license: string }) => ({
    type: 'library',
    name: part.name,
    version: part.version,
    purl: `pkg:npm/${part.name.replace('@', '%40')}@${part.version}`,
    licenses: [{ expression: part.license }],
  })
  const metadata = { component: { type: 'application', name, version } }
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata, components: packages.map(component) }
  return `${JSON.stringify(bom, null, 2)}\n`
}
