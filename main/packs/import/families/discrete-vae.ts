import type { MappedPart } from './mapped-part.ts'
import type { TensorTable } from './tensor-table.ts'
import { WeightPlan } from './weight-plan.ts'

/** The DiscreteVAE of DALLE-pytorch: layers are numbered, blocks are told from them by what they hold. */
export function mapDiscreteVae(table: TensorTable): MappedPart[] {
  if (!table.has('codebook.weight') || !table.has('encoder.0.0.weight')) return []
  const plan = new WeightPlan(table)
  const codes = table.size('codebook.weight', 0)
  plan.copy('decoder.codebook.weight', 'codebook.weight', table.shape('codebook.weight') ?? [])
  const halvings = mapHalf(plan, 'encoder')
  const doublings = mapHalf(plan, 'decoder')
  return [
    {
      kind: 'vae',
      family: 'discrete-vae',
      reason: `codebook, encoder.*.0 and decoder.*.0, ${codes} codes`,
      plan,
      codes,
      rows: 0,
      columns: 0,
      isBundled: false,
      description: {
        pictureSize: [2 ** doublings, 2 ** doublings],
        encoderSize: [2 ** halvings, 2 ** halvings],
        pixels: 'unit',
        gain: 1,
        decoder: { upsample: [1] },
        isDiscreteVae: true,
      },
    },
  ]
}

/** @returns how often the size halves or doubles */
function mapHalf(plan: WeightPlan, half: 'encoder' | 'decoder'): number {
  const { table } = plan
  const convolution = (target: string, source: string): void => {
    const shape = table.shape(`${source}.weight`) ?? []
    plan.copy(`${target}.weight`, `${source}.weight`, shape)
    // A transposed convolution has its outputs on the second axis.
    plan.copy(`${target}.bias`, `${source}.bias`, [shape[target.includes('.up.') ? 1 : 0] ?? 0])
  }
  let [steps, blocks] = [0, 0]
  for (let layer = 0; ; layer++) {
    const name = `${half}.${layer}`
    if (table.has(`${name}.0.weight`))
      convolution(`${half}.${half === 'encoder' ? 'down' : 'up'}.${steps++}`, `${name}.0`)
    else if (table.has(`${name}.net.0.weight`)) {
      for (const [index, part] of [0, 2, 4].entries())
        convolution(`${half}.residual.${blocks}.${index}`, `${name}.net.${part}`)
      blocks++
    } else if (table.has(`${name}.weight`)) convolution(layer === 0 ? `${half}.input` : `${half}.output`, name)
    else return steps
  }
}
