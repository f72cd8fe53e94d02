import { refuse } from '../readers/refusal.ts'

import type { FamilyId, MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { WeightPlan } from './weight-plan.ts'

interface Variant {
  readonly family: FamilyId
  readonly codebook: string
  readonly normEps: number
  readonly output: 'unit' | 'signed'
  readonly reason: string
}

/**
 * VQGANs with the tensor names of taming-transformers. Three that differ where it shows (checkpoints.md, trap a):
 * taming's give [−1, 1] with a norm epsilon of 1e-6; min-dalle's detokenizer gives [0, 1] with PyTorch's 1e-5;
 * ruDALL-E's has a Gumbel quantiser.
 */
export function mapVqgan(tables: readonly TensorTable[]): MappedPart[] {
  return tables.flatMap((given) => {
    const flax = fromFlax(given)
    const table = flax ?? given
    if (table.has('decoder.decoder.conv_in.weight'))
      refuse(
        'family-mismatch',
        'vqgan',
        'the wavelet decoder of ruDALL-E (512 pixels) is not supported; use vqgan.gumbelf8',
      )
    if (!table.has('decoder.conv_in.weight') || !table.has('post_quant_conv.weight')) return []
    const variant = flax === null ? variantOf(table) : flaxVariant
    return variant === null ? [] : [mapVariant(table, variant, false)]
  })
}

/** DALL·E Mini's own, in JAX: taming's norms, but pictures in [0, 1]. */
const flaxVariant: Variant = {
  family: 'dalle-mini-vqgan',
  codebook: 'quantize.embedding.weight',
  normEps: 1e-6,
  output: 'unit',
  reason: 'decoder.up_* with kernel and scale',
}

/** A Flax VQGAN under taming's names; null for other tables. */
function fromFlax(table: TensorTable): TensorTable | null {
  if (!table.has('quantize.embedding.embedding') || !table.has('decoder.conv_in.kernel')) return null
  return table
    .turned((name, shape) => (name.endsWith('.kernel') && shape.length === 4 ? 'convolution' : undefined))
    .renamed((name) =>
      name
        .replace(/\.(kernel|scale|embedding)$/, '.weight')
        .replace(/\.(up|down)_(\d+)\./, '.$1.$2.')
        .replace(/(\.(?:up|down)\.\d+)\.(block|attn)_(\d+)\./, '$1.$2.$3.'),
    )
}

function variantOf(table: TensorTable): Variant | null {
  if (table.has('quantize.proj.weight') && table.has('quantize.embed.weight')) {
    const reason = 'decoder.up.*, quantize.proj and quantize.embed'
    const family = 'taming-gumbel-vqgan'
    return { family, codebook: 'quantize.embed.weight', normEps: 1e-6, output: 'signed', reason }
  }
  if (table.has('quantize.embedding.weight')) {
    const reason = 'decoder.up.* and quantize.embedding'
    return { family: 'taming-vqgan', codebook: 'quantize.embedding.weight', normEps: 1e-6, output: 'signed', reason }
  }
  if (table.has('embedding.weight')) {
    const reason = 'decoder.up.* and embedding at the root'
    return { family: 'min-dalle-detokenizer', codebook: 'embedding.weight', normEps: 1e-5, output: 'unit', reason }
  }
  return null
}

/** @param isBundled it comes in a transformer's file */
export function mapVariant(table: TensorTable, variant: Variant, isBundled: boolean): MappedPart {
  const plan = new WeightPlan(table)
  const { codebook } = variant
  const codes = table.size(codebook, 0)
  const hasEncoder = table.has('encoder.conv_in.weight') && table.has('quant_conv.weight')
  plan.copy('decoder.codebook.weight', codebook, [codes, table.size(codebook, 1)])
  const isWanted = (name: string): boolean =>
    name.startsWith('decoder.') ||
    name.startsWith('post_quant_conv.') ||
    (hasEncoder && (name.startsWith('encoder.') || name.startsWith('quant_conv.') || name.startsWith('quantize.proj.')))
  for (const name of table.names) if (isWanted(name)) plan.copy(name, name, table.shape(name) ?? [])
  // The discriminator and perceptual loss of training.
  plan.ignore((name) => name.startsWith('loss.'))
  const doublings = table.names.filter((name) => /^decoder\.up\.\d+\.upsample\.conv\.weight$/.test(name)).length
  return {
    kind: 'vae',
    family: variant.family,
    reason: `${variant.reason}, ${codes} codes`,
    plan,
    codes,
    // A convolutional decoder takes any grid; the transformer it is used with says which.
    rows: 0,
    columns: 0,
    isBundled,
    description: {
      pictureSize: [2 ** doublings, 2 ** doublings],
      encoderSize: [2 ** doublings, 2 ** doublings],
      pixels: 'unit',
      gain: 1,
      decoder: { upsample: [1] },
      vqgan: { normEps: variant.normEps, output: variant.output, hasEncoder },
    },
  }
}
