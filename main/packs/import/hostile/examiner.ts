import { readdir, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { torchFile } from './cases-pickle.ts'
import { writeCase } from './corpus.ts'
import { examine, type Verdict } from './examine.ts'
import { dictOf, program, tensorCode } from './pickle-maker.ts'

/** What the process that examines the corpus answers. */
export interface Examined {
  readonly verdicts: readonly Verdict[]
  /** Growth of the peak resident memory over what one good file needs. */
  readonly extraBytes: number
  /** Files left in the temporary folder. */
  readonly leftovers: number
}

async function examineAll(paths: readonly string[], temporaryFolder: string): Promise<Examined> {
  await mkdir(temporaryFolder, { recursive: true })
  await warmUp(temporaryFolder)
  const before = process.resourceUsage().maxRSS
  const verdicts: Verdict[] = []
  for (const path of paths) verdicts.push(await examine(path, temporaryFolder))
  const extraBytes = (process.resourceUsage().maxRSS - before) * 1024
  return { verdicts, extraBytes, leftovers: (await readdir(temporaryFolder)).length }
}

/** Loads the code and lets the compiler see it, as in a process that has imported a good file before. */
async function warmUp(temporaryFolder: string): Promise<void> {
  const bytes = (): Uint8Array => torchFile(program(dictOf({ weight: tensorCode() })))
  const folder = join(temporaryFolder, 'good')
  const path = await writeCase({ name: 'good', fileName: 'good.pt', rule: 'limit', bytes }, folder)
  for (let i = 0; i < 20; i++) {
    const verdict = await examine(path, temporaryFolder)
    if (verdict.rule !== 'accepted') throw new Error(`the good file was refused: ${verdict.message}`)
  }
  await rm(folder, { recursive: true })
}

process.once('message', (request: { paths: readonly string[]; temporaryFolder: string }) => {
  void examineAll(request.paths, request.temporaryFolder).then((examined) => process.send?.(examined))
})
