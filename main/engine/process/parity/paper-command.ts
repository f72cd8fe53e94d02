/**
 * `node main/engine/process/parity/paper-command.ts [--seeds 100] [--first 0]`: the paper's layout beside PyTorch, ten seeds at a time;
 * prints one JSON object for all seeds so far after each ten.
 */
import { parseArgs } from 'node:util'

import { comparePaperLayout, type PaperComparison } from './paper-layout.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '100' }, first: { type: 'string', default: '0' } },
})
const [first, count] = [Number(values.first), Number(values.seeds)]
let total: PaperComparison = { largestLogitDifference: 0, tokens: 0, differentTokens: 0, smallestLead: Infinity }
for (let done = 0; done < count; done += 10) {
  const seeds = Array.from({ length: Math.min(10, count - done) }, (_, i) => first + done + i)
  const group = await comparePaperLayout(seeds)
  total = {
    largestLogitDifference: Math.max(total.largestLogitDifference, group.largestLogitDifference),
    tokens: total.tokens + group.tokens,
    differentTokens: total.differentTokens + group.differentTokens,
    smallestLead: Math.min(total.smallestLead, group.smallestLead),
  }
  console.log(JSON.stringify({ seeds: done + seeds.length, ...total }))
}
