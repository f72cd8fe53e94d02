/**
 * `node main/packs/import/testing/kill-import.ts [--kills 100]`: imports a small model in a child process and ends it with SIGKILL at
 * random points. After each kill the packs folder holds no pack or a whole one that validates, and what else is there is
 * hidden rest that the pack store collects. Exit code 1 when that ever fails.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { createPackStore } from '../../store/pack-store.ts'

import { importCheckpoint } from '../doctor/import-checkpoint.ts'

import { writeMadeModel } from './made-checkpoints.ts'

if (process.send === undefined) await killOften()
else process.once('message', (request: Parameters<typeof importCheckpoint>[0]) => void importInChild(request))

async function importInChild(request: Parameters<typeof importCheckpoint>[0]): Promise<void> {
  process.send?.('started')
  await importCheckpoint(request)
  process.disconnect()
}

async function killOften(): Promise<void> {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' } } })
  const kills = Number(values.kills)
  const root = await mkdtemp(join(tmpdir(), 'easel-kill-'))
  const files = await writeMadeModel(join(root, 'model'))
  const duration = await run(files, join(root, 'whole'), null)
  const outcomes = { none: 0, whole: 0, broken: 0, leftAfterCollecting: 0 }
  for (let kill = 0; kill < kills; kill++) {
    const packsFolder = join(root, `packs-${kill}`)
    await run(files, packsFolder, Math.random() * duration * 1.1)
    const store = createPackStore({ installed: packsFolder, shipped: [] })
    const [packs, broken] = [await store.list(), await store.listBroken()]
    outcomes[broken.length > 0 ? 'broken' : packs.length === 0 ? 'none' : 'whole']++
    await store.collectLeftovers()
    const names = await readdir(packsFolder).catch(() => [])
    if (names.length !== packs.length) outcomes.leftAfterCollecting++
    await rm(packsFolder, { recursive: true, force: true })
  }
  await rm(root, { recursive: true })
  console.log(JSON.stringify({ kills, millisecondsOfAnImport: Math.round(duration), ...outcomes }))
  process.exitCode = outcomes.broken + outcomes.leftAfterCollecting === 0 ? 0 : 1
}

/** @param killAfter milliseconds after the import began; null = let it end. @returns how long it ran */
async function run(files: readonly string[], packsFolder: string, killAfter: number | null): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url))
  child.send({ files, packsFolder, name: 'killed' })
  await once(child, 'message')
  const start = performance.now()
  const timer = killAfter === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  await once(child, 'exit')
  clearTimeout(timer)
  return performance.now() - start
}
