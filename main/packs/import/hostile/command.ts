/**
 * `node main/packs/import/hostile/command.ts [--quick] [--json]`: shows every file of the hostile corpus to the importer
 * and reports how many it refused by a named rule, the 99th percentile of the time that took, the memory it cost and how
 * many files appeared where none should be. Exit code 1 when any of the gates is missed.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { corpus, writeCase } from './corpus.ts'
import type { Examined } from './examiner.ts'

const gates = { p99Ms: 250, extraMb: 64 }
const isJson = process.argv.includes('--json')
const isQuick = process.argv.includes('--quick')

const outer = await mkdtemp(join(tmpdir(), 'easel-hostile-'))
try {
  const inner = join(outer, 'a', 'b')
  const cases = isQuick ? corpus.filter((_, index) => index % 5 === 0) : corpus
  const paths: string[] = []
  for (const [index, hostile] of cases.entries()) paths.push(await writeCase(hostile, join(inner, String(index))))
  const examined = await examineInChild(paths, join(inner, 'temporary'))
  const times = examined.verdicts.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b)
  const failed = cases.filter((hostile, index) => examined.verdicts[index]?.rule !== hostile.rule)
  const strays = [...(await readdir(outer)), ...(await readdir(join(outer, 'a')))].filter(
    (name) => name !== 'a' && name !== 'b',
  )
  const result = {
    files: cases.length,
    refused: cases.length - failed.length,
    p99Ms: Math.round((times[Math.ceil(times.length * 0.99) - 1] ?? 0) * 10) / 10,
    extraMb: Math.round(examined.extraBytes / 2 ** 18) / 4,
    escaped: strays.length + examined.leftovers,
  }
  const isGood =
    failed.length === 0 && result.escaped === 0 && result.p99Ms < gates.p99Ms && result.extraMb < gates.extraMb
  if (isJson) console.log(JSON.stringify(result))
  else {
    console.log(`${result.refused} of ${result.files} hostile files refused by the rule they break`)
    console.log(`p99 ${result.p99Ms} ms · ${result.extraMb} MB more memory · ${result.escaped} files escaped`)
  }
  for (const { name, rule } of failed) {
    const verdict = examined.verdicts[cases.findIndex((hostile) => hostile.name === name)]
    console.error(`${name}: expected ${rule}, got ${verdict?.rule ?? 'nothing'} ${verdict?.message ?? ''}`)
  }
  process.exitCode = isGood ? 0 : 1
} finally {
  await rm(outer, { recursive: true, force: true })
}

/** A process of its own, so that neither the making of the corpus nor a crash is counted as the readers' doing. */
async function examineInChild(paths: readonly string[], temporaryFolder: string): Promise<Examined> {
  const child = fork(fileURLToPath(new URL('examiner.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.send({ paths, temporaryFolder })
  const [answer] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the examiner ended with ${String(code)}`))),
  ])) as [Examined]
  child.disconnect()
  return answer
}
