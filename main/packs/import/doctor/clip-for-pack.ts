import { StudioError } from '#app/contract/errors.ts'
import type { PackManifest } from '#app/domain/pack.ts'

import type { NewClip } from '../../build/replace-clip.ts'
import { licenceOf } from '../families/licences.ts'
import { families, type ClipPart, type MappedPart } from '../families/mapped-part.ts'
import { makeClipTokenizer } from '../families/tokenizer-json.ts'
import type { SideFile } from '../readers/open-checkpoint.ts'
import { countElements } from '../readers/strided.ts'

import { measureCopySpeed, secondsOf } from './estimate.ts'
import type { ImportReport } from './report.ts'

/** @throws StudioError `invalidRequest` when the files are anything but one CLIP */
export function chooseClip(parts: readonly MappedPart[]): ClipPart {
  const [part] = parts
  if (part?.kind === 'clip' && parts.length === 1) return part
  const found = parts.map(({ family }) => families[family]).join(', ')
  throw new StudioError(
    'invalidRequest',
    `To add a CLIP to a pack, give the files of one CLIP and no others (found: ${found}).`,
  )
}

/** The geometry is that of the pack, which draws as before; seconds and memory are those of its pictures. */
export function describeClipImport(clip: ClipPart, base: PackManifest, sha256: Record<string, string>): ImportReport {
  const { kind, family, reason, plan } = clip
  const licence = licenceOf(family)
  const weights = plan.keys.reduce((sum, { shape }) => sum + countElements(shape), 0)
  return {
    family,
    familyName: families[family],
    parts: [{ kind, family, familyName: families[family], reason, keys: plan.keys }],
    geometry: {
      textLength: base.text.length,
      textVocabulary: base.text.vocabulary,
      rows: base.image.rows - (base.image.paletteRows ?? 0),
      columns: base.image.columns,
      imageVocabulary: base.image.vocabulary,
      pictureWidth: base.picture.width,
      pictureHeight: base.picture.height,
      layers: base.transformer.layers,
      width: base.transformer.width,
      heads: base.transformer.heads,
    },
    missing: plan.missing,
    extra: plan.extra,
    licence: { name: licence.name, sources: [licence.source] },
    sha256,
    parameters: plan.parameters,
    memoryBytes: base.memory.weightsBytes + base.memory.cacheBytesPerRow + 4 * weights,
    // The CLIP sees a picture once, after its last token: what counts is how the pack draws.
    secondsPerPicture: secondsOf(base.image.rows * base.image.columns, base.memory.weightsBytes, measureCopySpeed()),
    pack: null,
  }
}

/** @throws Refusal `tokenizer-file` when its tokenizer is not among the files */
export function clipWeights(
  clip: ClipPart,
  sideFiles: readonly SideFile[],
  base: PackManifest,
  sources: readonly string[],
): Omit<NewClip, 'id' | 'name' | 'storage'> {
  const { name, source } = licenceOf(clip.family)
  return {
    description: `${base.description} Its CLIP was imported: ${families[clip.family]}.`.trim(),
    licence: `${base.licence}; CLIP: ${name}`.slice(0, 200),
    attribution: [source, ...sources],
    clip: clip.description,
    tensors: clip.plan.toTensors(),
    tokenizer: makeClipTokenizer(clip, sideFiles).bytes,
  }
}
