import { StudioError } from '#app/contract/errors.ts'
import type { Tools } from '#main/studio/open-tools.ts'
import type { Packs } from '#main/studio/packs-port.ts'
import { createStudio, type Studio } from '#main/studio/studio.ts'
import { createFakeEngine, type FakeEngine } from '#main/studio/testing/fake-engine.ts'
import { createFakePacks, fakePack } from '#main/studio/testing/fake-packs.ts'
import { createMemoryLibrary } from '#main/studio/testing/memory-library.ts'

import { runCli } from '../cli.ts'
import type { CliContext } from '../context.ts'

export interface CliRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A command line over fakes; its library lives as long as it does. */
export interface FakeCli {
  readonly engine: FakeEngine
  /** Replaces parts of the context of the runs that follow. */
  context: Partial<CliContext>
  /** Replaces parts of the tools of the runs that follow. */
  tools: Partial<Tools>
  run(...words: string[]): Promise<CliRun>
  interrupt(): void
  /** The studio of the newest run. */
  studio(): Studio | undefined
}

export function createFakeCli(): FakeCli {
  const library = createMemoryLibrary()
  const packs = createFakePacks([fakePack('starter')])
  const interruption = new AbortController()
  let studio: Studio | undefined
  const cli: FakeCli = {
    engine: createFakeEngine(),
    context: {},
    tools: {},
    interrupt: () => interruption.abort(),
    studio: () => studio,
    async run(...words) {
      let [stdout, stderr] = ['', '']
      const context: CliContext = {
        writeOut: (text) => (stdout += text),
        writeErr: (text) => (stderr += text),
        terminalColumns: null,
        version: '1.2.3',
        recentLog: () => [],
        isDebugging: false,
        interruption: () => interruption.signal,
        openStudio: (options) => {
          const parts = { library, engine: cli.engine, packs, version: '1.2.3', drawSeed: () => 42 }
          studio = createStudio({
            ...parts,
            shell: 'cli',
            isResuming: options.access !== 'read' && (options.isResuming ?? true),
          })
          return Promise.resolve(studio)
        },
        openTools: () => ({ ...fakeTools(packs), ...cli.tools }),
        ...cli.context,
      }
      const exitCode = await runCli(words, context)
      return { exitCode, stdout, stderr }
    },
  }
  return cli
}

function fakeTools(packs: Packs): Tools {
  const refuse = () => Promise.reject(new StudioError('internal', 'The fake shelf has no hands.'))
  return {
    packs: { ...packs, install: refuse, remove: refuse },
    verifyFile: refuse,
    checkPack: refuse,
    importCheckpoint: refuse,
    importUpscaler: () => Promise.resolve(null),
    repairLibrary: refuse,
    restoreLibrary: refuse,
    describe: () => Promise.resolve([{ subject: 'engine', isGood: true, text: 'pretended' }]),
    close: () => Promise.resolve(),
  }
}
