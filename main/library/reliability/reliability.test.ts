import { rmSync } from 'node:fs'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { makeQuickFolder } from '../testing/folders.ts'
import { corruptAgainAndAgain } from './corruption.ts'
import { injectFaults } from './fault-injection.ts'
import { killAgainAndAgain } from './kills.ts'
import { cutPower } from './power-cuts.ts'

// Short forms of what `command.ts` does at length.
describe('reliability', { timeout: 120_000 }, () => {
  let root: string
  beforeEach(() => {
    root = makeQuickFolder('reliability')
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it('tells a failing disk, breaks nothing, and works when asked again', async () => {
    const report = await injectFaults(root, { chosen: ['ENOSPC', 'short write'], every: 40 })
    expect(report.failures).toEqual([])
    expect(report.faultCases).toBeGreaterThan(10)
  })

  it('keeps what it has answered through a power cut', async () => {
    const report = await cutPower(root, 24)
    expect(report).toMatchObject({ lost: 0, dangling: 0, failures: [] })
    expect(report.acknowledged).toBeGreaterThan(0)
  })

  it('brings every picture back from a corrupted database', async () => {
    const report = await corruptAgainAndAgain(root, { cases: 2 })
    expect(report).toMatchObject({ corruptions: 2, silent: 0, rowsBack: 1, failures: [] })
  })

  it('loses nothing to kill -9', async () => {
    const report = await killAgainAndAgain(root, { kills: 2 })
    expect(report).toMatchObject({ kills: 2, lost: 0, dangling: 0, failures: [] })
  })
})
