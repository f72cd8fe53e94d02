import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { PictureId } from '#app/domain/ids.ts'

import { inTransaction, openWritable } from '../database/database.ts'
import { migrate } from '../database/migrate.ts'
import { databaseName } from '../library-folder.ts'
import { migrations } from '../migrations/migrations.ts'
import { openLibrary } from '../open-library.ts'
import { encodePng } from '../png/encode-png.ts'
import { createRandom, sampleCandidate } from '../testing/sample.ts'

export interface KillReport {
  readonly kills: number
  /** Pictures whose saving, or restoring, was answered and that are not there afterwards. */
  readonly lost: number
  /** Rows without their sound file, and faults of the database. */
  readonly dangling: number
  readonly acknowledged: number
  readonly killedWhileMigrating: number
  readonly failures: readonly string[]
}

/** What the parent knows of every picture it was told of. */
type Known = Map<string, 'shown' | 'deleted' | 'between'>

const worker = fileURLToPath(new URL('kill-worker.ts', import.meta.url))
/** A library grows with every cycle; a new one keeps the checks short. */
const cyclesPerLibrary = 40
const longestLifeMs = 900
/** Also when there is no time left: none at all would say nothing. */
const fewest = 2

/**
 * Lets a process generate, import, delete, restore, back up, tag and scrub, kills it with SIGKILL at a random moment,
 * and looks at what it left: again and again on the same library. Every fifth one is killed around its opening, where an
 * older schema is brought up to date.
 */
export async function killAgainAndAgain(
  root: string,
  wanted: { readonly kills: number; readonly seed?: number; readonly untilMs?: number },
): Promise<KillReport> {
  const random = createRandom(wanted.seed ?? 1)
  const report = { kills: 0, lost: 0, dangling: 0, acknowledged: 0, killedWhileMigrating: 0 }
  const failures: string[] = []
  const imports = join(root, 'imports')
  mkdirSync(imports)
  for (let i = 0; i < 6; i++) {
    writeFileSync(join(imports, `${i}.png`), await encodePng(sampleCandidate(i, createRandom(i)).picture))
  }
  const old = join(root, 'old')
  makeOldLibrary(old)
  let folder = ''
  let known: Known = new Map()
  const isTimeLeft = () => wanted.untilMs === undefined || performance.now() < wanted.untilMs
  for (let cycle = 0; cycle < wanted.kills && (cycle < fewest || isTimeLeft()); cycle++) {
    const isMigration = cycle % 5 === 4
    if (cycle % cyclesPerLibrary === 0 || isMigration) {
      const next = join(root, isMigration ? `migrating-${cycle}` : `library-${cycle}`)
      if (isMigration) {
        const life = await liveAndDie([next, String(cycle), imports, old], new Map(), random() * 60, 'ready')
        report.kills++
        if (!life.hasOpened) report.killedWhileMigrating++
        await inspect(next, life.known)
        rmSync(next, { recursive: true, force: true })
        continue
      }
      if (folder !== '') rmSync(folder, { recursive: true, force: true })
      folder = next
      mkdirSync(folder)
      known = new Map()
    }
    const life = await liveAndDie([folder, String(cycle), imports], known, random() * longestLifeMs, 'opened')
    report.kills++
    report.acknowledged += life.acknowledged
    await inspect(folder, known)
  }
  return { ...report, failures }

  async function inspect(at: string, told: Known): Promise<void> {
    try {
      const library = await openLibrary({ folder: at })
      const found = await library.verify()
      const shown = allIds(library, false)
      const deleted = allIds(library, true)
      library.close()
      const problems = [...found.databaseProblems, ...found.pictureProblems.map((one) => one.problem)]
      report.dangling += problems.length
      failures.push(...problems.map((problem) => `after kill ${report.kills}: ${problem}`))
      for (const [id, state] of told) {
        const isThere =
          state === 'shown' ? shown.has(id) : state === 'deleted' ? deleted.has(id) : shown.has(id) || deleted.has(id)
        if (isThere) {
          // What was cut off in the middle has happened or not; from now on it is what it is.
          told.set(id, shown.has(id) ? 'shown' : 'deleted')
          continue
        }
        report.lost++
        failures.push(`after kill ${report.kills}: picture ${id} should be ${state}`)
        told.delete(id)
      }
    } catch (error) {
      report.dangling++
      failures.push(`after kill ${report.kills}: ${String(error)}`)
    }
  }
}

function allIds(library: Awaited<ReturnType<typeof openLibrary>>, isDeleted: boolean): ReadonlySet<string> {
  const ids = new Set<string>()
  for (let cursor: string | null = null; ;) {
    const page = library.findPictures({ filter: { isDeleted }, cursor, limit: 500 })
    for (const picture of page.items) ids.add(picture.id)
    cursor = page.nextCursor
    if (cursor === null) return ids
  }
}

interface Life {
  readonly known: Known
  readonly acknowledged: number
  readonly hasOpened: boolean
}

/** @param lifeMs how long after its first sign it is killed. */
async function liveAndDie(
  input: readonly string[],
  known: Known,
  lifeMs: number,
  from: 'ready' | 'opened',
): Promise<Life> {
  const child = spawn(process.execPath, [worker, ...input], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let isDue = false
  const dead = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const sign = new Promise<void>((resolve) => {
    child.stdout.on('data', (part: Buffer) => {
      text += part.toString('utf8')
      if (!isDue && text.includes(`"${from}"`)) {
        isDue = true
        resolve()
      }
    })
  })
  await Promise.race([sign, dead])
  await Promise.race([setTimeout(lifeMs), dead])
  child.kill('SIGKILL')
  await dead
  let acknowledged = 0
  // The last line may be cut off: it was not said.
  for (const line of text.split('\n').slice(0, -1)) {
    const said = JSON.parse(line) as Record<string, string | readonly string[]>
    for (const [what, value] of Object.entries(said)) {
      if (what === 'saved') acknowledged++
      for (const id of Array.isArray(value) ? (value as readonly PictureId[]) : [value as PictureId])
        note(known, what, id)
    }
  }
  return { known, acknowledged, hasOpened: text.includes('"opened"') }
}

function note(known: Known, what: string, id: string): void {
  if (what === 'saved' || what === 'restored') known.set(id, 'shown')
  if (what === 'deleted') known.set(id, 'deleted')
  if (what === 'deleting' || what === 'restoring') known.set(id, 'between')
}

/** A library as the first schema had it, large enough that bringing it up to date takes a while. */
function makeOldLibrary(folder: string): void {
  mkdirSync(folder)
  const db = openWritable(join(folder, databaseName))
  migrate(db, migrations.slice(0, 1))
  inTransaction(db, () => {
    db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      INSERT INTO prompts (key, text) SELECT i, 'prompt ' || i FROM n`)
  })
  db.close()
  for (const name of readdirSync(folder)) if (name !== databaseName) rmSync(join(folder, name))
}
