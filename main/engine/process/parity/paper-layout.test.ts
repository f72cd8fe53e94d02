import { describe, expect, it } from 'vitest'

import { isTorchInstalled } from './import-fixture.ts'
import { comparePaperLayout } from './paper-layout.ts'

// Needs PyTorch, which only those who train have. 100 seeds: node main/engine/process/parity/paper-command.ts
describe.runIf(isTorchInstalled)('the paper’s own layout at reduced width', () => {
  it('gives the logits and the tokens of an implementation written from the paper', async () => {
    const comparison = await comparePaperLayout([20210224])
    expect(comparison).toMatchObject({ tokens: 1024, differentTokens: 0 })
    expect(comparison.largestLogitDifference).toBeLessThan(1e-3)
    expect(comparison.largestLogitDifference).toBeGreaterThan(0)
  }, 300_000)
})
