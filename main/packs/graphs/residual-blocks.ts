import { StudioError } from '#app/contract/errors.ts'

import { convolution, type FeatureMap, type GraphContext } from './convolution.ts'

export interface ResidualContext extends GraphContext {
  /** Factor of every residual branch. */
  readonly gain: number
}

/** The blocks of group `name` one after another: `id_path(x) + gain · res_path(x)`, `res_path` = [ReLU, convolution]…. */
export function residualGroup(context: ResidualContext, name: string, x: FeatureMap): FeatureMap {
  const { graph, weights } = context
  const blockCount = weights.countOf(`${name}.blocks.`)
  let result = x
  for (let block = 0; block < blockCount; block += 1) {
    const blockName = `${name}.blocks.${block}`
    const skip = weights.has(`${blockName}.id_path.weight`)
      ? convolution(context, `${blockName}.id_path`, result)
      : result
    const branch = residualBranch(context, `${blockName}.res_path.`, result)
    if (branch.channels !== skip.channels) {
      const shapes = `${branch.channels} channels meet ${skip.channels}`
      throw new StudioError('packInvalid', `${blockName}: ${shapes}; an id_path convolution must make them equal.`)
    }
    result = { value: graph.node('Add', [skip.value, branch.value]), channels: branch.channels }
  }
  return result
}

function residualBranch(context: ResidualContext, prefix: string, x: FeatureMap): FeatureMap {
  const count = context.weights.countOf(prefix)
  if (count === 0) throw new StudioError('packInvalid', `${prefix}0.weight is missing.`)
  let branch = x
  for (let index = 0; index < count; index += 1) {
    const activated = { ...branch, value: context.graph.node('Relu', [branch.value]) }
    branch = convolution(context, `${prefix}${index}`, activated, { scale: index === count - 1 ? context.gain : 1 })
  }
  return branch
}
