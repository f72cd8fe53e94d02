import type { Golden } from '#app/domain/golden.ts'
import type { PromptTokenizer } from '#app/kernels/prompt-tokenizer.ts'

import { prefillCaption } from './prefill-caption.ts'
import { StepBatch } from './step-batch.ts'
import type { TransformerRunner } from './transformer-run.ts'

/** How a transformer on a device did on the golden runs of its pack. */
export interface DeviceCheck {
  readonly tokens: number
  /** Share of cells at which the device draws the golden token, given the golden ones before it. */
  readonly agreement: number
  /** The median step. */
  readonly stepMs: number
  /** True: the check was ended because it was too slow to be of use. */
  readonly isTooSlow: boolean
}

/** What rounding may change: a device computes in another order. Given the tokens before, a wrong cache or kernel changes nearly all. */
export const leastAgreement = 0.97

/** Sequences stepped side by side: what a device is good at, and what a run of several candidates is. */
const batchSize = 8

/**
 * Draws every cell of the golden runs of this precision after the golden tokens before it, so that one near tie does not spoil the rest.
 * @param slowestMs the check ends when steps take longer, after a few that may compile kernels
 */
export async function checkDevice(
  runner: TransformerRunner,
  tokenizer: PromptTokenizer,
  golden: Golden,
  slowestMs: number,
): Promise<DeviceCheck> {
  const times: number[] = []
  let [tokens, equal] = [0, 0]
  for (const run of golden.runs.filter(({ precision }) => precision === runner.precision)) {
    const isGuided = run.settings.guidanceScale !== 1
    const batch = new StepBatch(runner, batchSize, isGuided ? 2 : 1)
    batch.fillFromPrefill(await prefillCaption(runner, tokenizer.idsOf(run.prompt), isGuided))
    for (const [cell, expected] of run.tokens.entries()) {
      const [conditional, unconditional] = [batch.conditional(0), batch.unconditional(0)]
      const code = runner.sampler.draw(conditional, unconditional, run.settings, run.seed, run.candidate, cell)
      tokens++
      if (code === expected) equal++
      if (cell + 1 === run.tokens.length) break
      for (let index = 0; index < batchSize; index++) batch.setCode(index, expected)
      const started = performance.now()
      await batch.step(cell)
      times.push(performance.now() - started)
      const isTooSlow = times.length >= 4 && Math.min(...times) > slowestMs
      if (isTooSlow) return { tokens, agreement: equal / tokens, stepMs: median(times), isTooSlow }
    }
    batch.release()
  }
  return { tokens, agreement: tokens === 0 ? 0 : equal / tokens, stepMs: median(times), isTooSlow: false }
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0
}
