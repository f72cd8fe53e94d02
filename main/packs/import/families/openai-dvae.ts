import type { MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { transposedMatrix } from './description.ts'
import { WeightPlan } from './weight-plan.ts'

/**
 * The dVAE OpenAI released (openai/DALL-E): encoder and decoder are two whole-module pickles, both with `blocks.*.{w,b}`.
 * The residual gain is 1 / layers², the paper's small constant; the decoder's first convolution is the codebook.
 */
export function mapOpenaiDvae(tables: readonly TensorTable[]): MappedPart[] {
  const halves = tables.filter((table) => table.has('blocks.input.w') && table.has('blocks.output.conv.w'))
  const encoder = halves.find((table) => table.shape('blocks.input.w')?.[1] === 3)
  const decoder = halves.find((table) => table.shape('blocks.input.w')?.[1] !== 3)
  if (decoder === undefined) return []
  const table = encoder === undefined ? decoder.renamed((name) => `decoder.${name}`) : bothHalves(encoder, decoder)
  const plan = new WeightPlan(table)
  const codes = table.size('decoder.blocks.input.w', 1)
  const channels = table.size('decoder.blocks.input.w', 0)
  plan.compute(
    'decoder.codebook.weight',
    [
      ['decoder.blocks.input.w', [channels, codes, 1, 1]],
      ['decoder.blocks.input.b', [channels]],
    ],
    [codes, channels],
    ([weight = none, bias = none]) =>
      transposedMatrix(weight, channels, codes).map((value, index) => value + (bias[index % channels] ?? 0)),
    'first convolution as a table, its bias added',
  )
  const groups = mapGroups(plan, 'decoder')
  mapConvolution(plan, 'decoder.output', 'decoder.blocks.output.conv')
  const factors = Array.from({ length: groups.count }, (_, group) => (group < groups.count - 1 ? 2 : 1))
  if (encoder !== undefined) {
    mapConvolution(plan, 'encoder.input', 'encoder.blocks.input')
    mapGroups(plan, 'encoder')
    mapConvolution(plan, 'encoder.output', 'encoder.blocks.output.conv')
  }
  const side = 32 * 2 ** (groups.count - 1)
  return [
    {
      kind: 'vae',
      family: 'openai-dvae',
      reason: `blocks.group_*.block_*.res_path with w and b, ${codes} codes`,
      plan,
      codes,
      rows: 32,
      columns: 32,
      isBundled: false,
      description: {
        pictureSize: [side, side],
        encoderSize: [side, side],
        pixels: table.size('decoder.blocks.output.conv.w', 0) === 6 ? 'logit-laplace' : 'unit',
        gain: 1 / groups.blocks ** 2,
        encoder: encoder === undefined ? undefined : { inputStride: 1, downsample: factors },
        decoder: { upsample: factors },
      },
    },
  ]
}

const none = new Float32Array(0)

function bothHalves(encoder: TensorTable, decoder: TensorTable): TensorTable {
  return encoder.renamed((name) => `encoder.${name}`).joined(decoder, 'decoder.')
}

function mapGroups(plan: WeightPlan, half: 'encoder' | 'decoder'): { count: number; blocks: number } {
  const { table } = plan
  let blocks = 0
  let group = 1
  for (; table.has(`${half}.blocks.group_${group}.block_1.res_path.conv_1.w`); group++) {
    for (let block = 1; table.has(`${half}.blocks.group_${group}.block_${block}.res_path.conv_1.w`); block++) {
      const source = `${half}.blocks.group_${group}.block_${block}`
      const target = `${half}.groups.${group - 1}.blocks.${block - 1}`
      if (table.has(`${source}.id_path.w`)) mapConvolution(plan, `${target}.id_path`, `${source}.id_path`)
      for (let conv = 1; table.has(`${source}.res_path.conv_${conv}.w`); conv++)
        mapConvolution(plan, `${target}.res_path.${conv - 1}`, `${source}.res_path.conv_${conv}`)
      blocks++
    }
  }
  return { count: group - 1, blocks }
}

function mapConvolution(plan: WeightPlan, target: string, source: string): void {
  const shape = plan.table.shape(`${source}.w`) ?? []
  plan.copy(`${target}.weight`, `${source}.w`, shape)
  plan.copy(`${target}.bias`, `${source}.b`, shape.slice(0, 1))
}
