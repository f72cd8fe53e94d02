import { writeFileSync } from 'node:fs'

import type { PackManifest, Precision } from '#app/domain/pack.ts'

import type { ByN, Evaluation } from './evaluation.ts'
import type { SettingsRow } from './settings-effect.ts'

export interface ReportAbout {
  readonly manifest: PackManifest
  readonly perSet: number
  readonly candidates: number
  readonly precision: Precision
  readonly rows: readonly SettingsRow[]
}

const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : `${(100 * value).toFixed(0)} %`

const setNames: Readonly<Record<string, string>> = {
  natural: 'natural colours on white',
  seenTint: 'tints seen in training',
  heldOut: 'colour × object pairs never seen',
  background: 'on a named background',
  count: 'two or three of a kind',
  relation: 'left of, above',
  heldOutRelation: 'left of, above: pairs of objects never seen in this order',
  sketch: '“a sketch of …”',
  blackAndWhite: '“… in black and white”',
  panels: '“the exact same … on the top in … on the bottom”',
  givenPanels: 'the same under a picture drawn before, half of them “… as a sketch on the bottom”',
  wording: 'sentences never trained on',
  outline: '“an outline of …”',
  mirrored: '“…, mirrored”, of what looks different then',
  upsideDown: '“… upside down”, of what looks different then',
  unknownWords: 'words the pack does not know (“a really cute …”)',
}
const measureNames: Readonly<Record<string, string>> = {
  judgeTop1: 'object, judge top-1',
  judgeTop5: 'object, judge top-5',
  objectColour: 'object colour',
  background: 'background',
  style: 'style as said (nearest of three)',
  count: 'count, each recognised (top-5)',
  relation: 'both recognised (top-5), right sides',
  sketch: 'colourless, nearest real sketch is of it',
  blackAndWhite: 'colourless, nearest real one is of it',
  outline: 'colourless, nearest real outline is of it',
  mirrored: 'nearest real picture is it, mirrored',
  upsideDown: 'nearest real picture is it, upside down',
  panels: 'both recognised (top-5), lower one as asked',
}

const composedMeasures = [
  ...(['count', 'relation', 'sketch', 'blackAndWhite', 'outline', 'mirrored', 'upsideDown', 'panels'] as const),
]
const ceilingMeasures = [...(['judgeTop1', 'judgeTop5', 'objectColour'] as const), ...composedMeasures]

/** Score against N as in Fig. 9c of the paper: one line per measure, N on a logarithmic axis. */
function chart(lines: readonly (readonly [string, ByN])[]): string {
  const [width, height, left, top] = [520, 300, 44, 14]
  const colors = [
    '#2f6fde',
    '#d9582b',
    '#2c9c5a',
    '#8a4fd0',
    '#b58a00',
    '#c2396f',
    '#5b6770',
    '#00a0a8',
    '#7a4a2b',
    '#e08ab0',
    '#9aa82c',
    '#1f3a68',
    '#444',
  ]
  const sizes = Object.keys(lines[0]?.[1] ?? {}).map(Number)
  const span = Math.log2(sizes.at(-1) ?? 2) || 1
  const x = (n: number): number => left + ((width - left - 170) * Math.log2(n)) / span
  const y = (value: number): number => top + (height - top - 34) * (1 - value)
  const parts = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      `<path d="M${left} ${y(value)}H${width - 170}" stroke="#ccc"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value * 100}</text>`,
  )
  for (const n of sizes) parts.push(`<text x="${x(n)}" y="${height - 14}" text-anchor="middle">${n}</text>`)
  lines.forEach(([name, values], i) => {
    const color = colors[i % colors.length] ?? '#000'
    const points = sizes.map((n) => `${x(n).toFixed(1)},${y(values[String(n)] ?? 0).toFixed(1)}`).join(' ')
    parts.push(`<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2"/>`)
    parts.push(`<text x="${width - 160}" y="${top + 16 + 18 * i}" fill="${color}">${name}</text>`)
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>\n`
}

/** Writes EVALUATION.md at `path`, and beside it evaluation/best-of-n.svg. */
export function writeReport(path: string, evaluation: Evaluation, about: ReportAbout): void {
  const { manifest, perSet, candidates, precision } = about
  const settings = about.rows.map((row) => {
    const shares = [row.judgeTop1, row.heldOut, row.objectColour, row.count, row.relation]
    return `| ${row.change} | ${shares.map(percent).join(' | ')} | ${row.variety.toFixed(3)} |`
  })
  const rows = Object.entries(evaluation.sets).flatMap(([set, measures]) =>
    Object.entries(measures).map(
      ([measure, byN]) =>
        `| ${setNames[set] ?? set} | ${measureNames[measure] ?? measure} | ${Object.values(byN).map(percent).join(' | ')} |`,
    ),
  )
  const sizes = Object.keys(evaluation.judgeTop1)
  const ceiling = (name: 'real' | 'decoded'): string => {
    const found = evaluation.ceiling[name]
    const values = ceilingMeasures.map((measure) => found[measure])
    return `| ${name === 'real' ? 'real pictures' : 'real pictures through the dVAE'} | ${values.map(percent).join(' | ')} |`
  }
  const sheets = Object.keys(evaluation.sets).map(
    (set) =>
      `**${setNames[set] ?? set}**, best four of ${candidates} by CLIP, best first:\n\n![${set}](evaluation/sheet-${set}.png)\n`,
  )
  const text = `# What the starter pack draws, measured

Written by \`npm run evaluate -- --write\`: ${perSet} prompts a set, ${candidates} candidates each, ${precision}, settings of the pack
(${manifest.name} ${manifest.version}). The judge is a small convolutional classifier trained on real pictures only, apart from the CLIP that
ranks; colours and backgrounds are measured from pixels, counts and places from connected components, treatments by the real picture of it they are nearest to.

| prompts | measure | ${sizes.map((n) => `best of ${n}`).join(' | ')} |
|---|---|${sizes.map(() => '---').join('|')}|
${rows.join('\n')}

![Score against N](evaluation/best-of-n.svg)

What the measures can reach:

| pictures | object top-1 | top-5 | colour of tinted ones | count | relation | sketch | black and white | outline | mirrored | upside down | panels |
|---|---|---|---|---|---|---|---|---|---|---|---|
${ceiling('real')}
${ceiling('decoded')}

- dVAE on held-out pictures: ${evaluation.psnr ?? '–'} dB at ${manifest.picture.width} px, ${evaluation.psnrSmall ?? '–'} dB at 96 px; ${percent(evaluation.codebookUsed)} of the codebook used by them.
- A picture just drawn, read again by the encoder: ${percent(evaluation.readAgain)} of its places have the token that was drawn. What is given as a prompt, or imported, is read so.
- Fréchet distance on judge features: ${evaluation.frechet ?? '–'} (real against real: ${evaluation.frechetFloor ?? '–'}), between ${evaluation.frechetPictures} pictures each.
- Root mean square distance to the nearest of all training pictures of one object (32 px thumbnails): ${evaluation.nearestTraining ?? '–'}.
- Root mean square distance between two candidates of one prompt (32 px thumbnails): ${evaluation.variety}.

What the settings and the precision do, at best of 4; one thing changed at a time:

| change | object top-1 | held-out pairs | object colour | count | relation | variety |
|---|---|---|---|---|---|---|
${settings.join('\n')}

${sheets.join('\n')}`
  writeFileSync(path, text)
  const lines = (['judgeTop1', 'judgeTop5', 'objectColour', 'background'] as const).map(
    (measure) => [measureNames[measure] ?? measure, evaluation[measure]] as const,
  )
  const more = [...composedMeasures, 'givenPanels' as const].flatMap((measure) => {
    const byN = evaluation[measure]
    return byN === null ? [] : [[measure, byN] as const]
  })
  writeFileSync(path.replace(/EVALUATION\.md$/, 'evaluation/best-of-n.svg'), chart([...lines, ...more]))
}
