/**
 * Builds the captioned pictures:
 * `node models/dataset/build.ts [--out DIR] [--side 192] [--seed 1] [--limit N] [--every N] [--extent starter|wide] [--scenes-only]`.
 * Writes cutouts.rgba (straight-alpha pixels, one side×side×4 block a cut-out), scenes.jsonl, and dataset.json.
 * The same seed and packages give the same bytes. With --scenes-only the cut-outs of a folder stay as they are and only their scenes are written anew.
 */
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { backgrounds, tints } from './color.ts'
import { concepts, type Concept } from './concepts.ts'
import { heldOutWordings } from './captions.ts'
import { iconSets, openIconSet, type Icon, type IconSet } from './icon-sets.ts'
import { readNumber } from './number-option.ts'
import { findMainColor, tintSvg } from './palette.ts'
import { renderCutout } from './render.ts'
import { allScenes, type Extent } from './all-scenes.ts'
import { tintsFor, type Cutout } from './scenes.ts'
import { treatments } from './treatments.ts'
import { pluralize } from './words.ts'

/** What dataset.json says. */
interface DataSet {
  readonly side: number
  readonly seed: number
  readonly extent: Extent
  readonly backgrounds: typeof backgrounds
  readonly tints: readonly string[]
  readonly iconSets: typeof iconSets
  readonly concepts: readonly Concept[]
  readonly cutouts: readonly Cutout[]
}

interface Drawn {
  readonly cutout: Cutout
  readonly pixels: Buffer
}

/** The longer side of the ink, as a share of the picture. */
const inkShare = 0.84

async function drawIcon(set: IconSet, concept: Concept, icon: Icon, side: number, extent: Extent): Promise<Drawn[]> {
  const inkSide = Math.round(side * inkShare)
  const natural = await renderCutout(icon, icon.body, side, inkSide)
  const main = findMainColor(natural)
  const label = { concept: concept.id, style: set.style }
  const name = main.share < 0.5 ? null : main.name
  const drawn: Drawn[] = [{ cutout: { ...label, tint: null, color: name }, pixels: natural }]
  for (const tintName of tintsFor(main, Object.keys(tints))) {
    const tint = tints[tintName]
    if (tint === undefined) continue
    const pixels = await renderCutout(icon, tintSvg(icon.body, main, tint), side, inkSide)
    // An icon whose colours are not written as hex stays as it was: no caption may claim otherwise.
    if (findMainColor(pixels).name !== tintName) continue
    drawn.push({ cutout: { ...label, tint: tintName, color: tintName }, pixels })
  }
  return extent === 'wide' ? [...drawn, ...treat(label, name, natural, side)] : drawn
}

/** The natural picture, treated in every way. Ink counts as black, so no background hides it. */
function treat(label: Pick<Cutout, 'concept' | 'style'>, name: string | null, natural: Buffer, side: number): Drawn[] {
  const colors: Readonly<Record<string, string | null>> = { outline: 'black', sketch: 'black', 'black-and-white': null }
  return treatments.map(({ id, apply }) => ({
    cutout: { ...label, tint: null, color: id in colors ? (colors[id] ?? null) : name, treatment: id },
    pixels: Buffer.from(apply(natural, side)),
  }))
}

/** Draws every cut-out of the concepts into cutouts.rgba; their labels, in the order of the file. */
async function drawCutouts(out: string, side: number, chosen: readonly Concept[], extent: Extent): Promise<Cutout[]> {
  const pixelFile = createWriteStream(join(out, 'cutouts.rgba'))
  const cutouts: Cutout[] = []
  const readers = iconSets.map((set) => ({ set, read: openIconSet(set) }))
  for (const concept of chosen) {
    const groups = await Promise.all(
      readers.map(({ set, read }) => drawIcon(set, concept, read(concept.icon), side, extent)),
    )
    for (const { cutout, pixels } of groups.flat()) {
      pixelFile.write(pixels)
      cutouts.push(cutout)
    }
  }
  pixelFile.end()
  await finished(pixelFile)
  return cutouts
}

function writeScenes(out: string, description: DataSet): void {
  const { seed, extent, cutouts } = description
  const { scenes, ...heldOut } = allScenes(seed, description.concepts, cutouts, extent)
  writeFileSync(join(out, 'scenes.jsonl'), scenes.map((scene) => `${JSON.stringify(scene)}\n`).join(''))
  const named = description.concepts.map((concept) => ({ ...concept, plural: pluralize(concept.names[0] ?? '') }))
  writeFileSync(join(out, 'dataset.json'), JSON.stringify({ ...description, concepts: named }))
  writeFileSync(join(out, 'split.json'), JSON.stringify({ seed, ...heldOut, heldOutWordings }, null, 1))
  console.log(`${description.concepts.length} concepts, ${cutouts.length} cut-outs, ${scenes.length} scenes in ${out}`)
}

async function build(
  out: string,
  side: number,
  seed: number,
  chosen: readonly Concept[],
  extent: Extent,
): Promise<void> {
  mkdirSync(out, { recursive: true })
  const cutouts = await drawCutouts(out, side, chosen, extent)
  writeScenes(out, { side, seed, extent, backgrounds, tints: Object.keys(tints), iconSets, concepts: chosen, cutouts })
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'models/work/dataset' },
    side: { type: 'string', default: '192' },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string', default: 'Infinity' },
    every: { type: 'string', default: '1' },
    extent: { type: 'string', default: 'starter' },
    'scenes-only': { type: 'boolean', default: false },
  },
})
if (values.extent !== 'starter' && values.extent !== 'wide') {
  throw new Error(`--extent must be starter or wide, got "${values.extent}"`)
}
if (values['scenes-only']) {
  writeScenes(values.out, JSON.parse(readFileSync(join(values.out, 'dataset.json'), 'utf8')) as DataSet)
} else {
  const count = (name: 'limit' | 'every' | 'side'): number => readNumber(name, values[name], { min: 1, isWhole: true })
  const every = count('every')
  const chosen = concepts.slice(0, count('limit')).filter((_, i) => i % every === 0)
  const seed = readNumber('seed', values.seed, { min: 0, isWhole: true })
  await build(values.out, count('side'), seed, chosen, values.extent)
}
