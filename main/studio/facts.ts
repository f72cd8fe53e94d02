import { statfsSync } from 'node:fs'
import { arch, availableParallelism, freemem, platform, release, totalmem } from 'node:os'

import type { Engine } from '#main/engine/engine.ts'
import { latestVersion } from '#main/library/database/migrate.ts'
import { canBeWritten } from '#main/library/database/open-for-reading.ts'
import type { StoredLibrary } from '#main/library/library.ts'
import { migrations } from '#main/library/migrations/migrations.ts'

import type { Packs } from './packs-port.ts'

/** Something known about this installation; for `easel doctor` and bug reports. */
export interface Fact {
  readonly subject: string
  readonly isGood: boolean
  readonly text: string
}

/** Less free space than this is worth a word: a run of large pictures may not fit. */
const fewBytesFree = 500e6

export function machineFacts(version: string): readonly Fact[] {
  const { node, electron, chrome } = process.versions as Record<string, string | undefined>
  const shell = electron === undefined ? '' : `, Electron ${electron}, Chromium ${chrome ?? 'unknown'}`
  const memory = `${gibibytes(freemem())} of ${gibibytes(totalmem())} free; this process has ${gibibytes(process.memoryUsage.rss())}`
  return [
    { subject: 'versions', isGood: true, text: `Easel ${version}, Node ${node ?? 'unknown'}${shell}` },
    {
      subject: 'system',
      isGood: true,
      text: `${platform()} ${release()} ${arch()}, ${availableParallelism()} processors`,
    },
    { subject: 'memory', isGood: true, text: memory },
  ]
}

/** Starts the engine process when there is none. */
export async function engineFacts(engine: Pick<Engine, 'describe'>): Promise<readonly Fact[]> {
  const subject = 'engine'
  try {
    const { runtimeVersion, providers, threads, loaded = [] } = await engine.describe()
    const used = loaded.map(({ packId, precision, device }) => `${packId} in ${precision} on ${device}`).join(', ')
    const text = `ONNX Runtime ${runtimeVersion}, providers: ${providers.join(', ')}, ${threads} threads; in use: ${used || 'none yet'}`
    return [{ subject, isGood: true, text }]
  } catch (error) {
    return [{ subject, isGood: false, text: reasonOf(error) }]
  }
}

export async function packFacts(packs: Packs): Promise<readonly Fact[]> {
  try {
    const found = await packs.list()
    const upscalers = await packs.listUpscalers()
    const broken = await packs.listBroken()
    if (found.length + broken.length === 0) return [{ subject: 'packs', isGood: false, text: 'none installed' }]
    return [
      ...found.map(({ summary }) => {
        const { id, version, sha256, precisions, licence, bytes } = summary
        const text = `version ${version}, ${precisions.join(' and ')}, ${Math.round(bytes / 1e6)} MB, ${licence}, ${sha256.slice(0, 12)}`
        return { subject: `pack ${id}`, isGood: true, text }
      }),
      ...upscalers.map(({ summary: { id, version, scales, licence, bytes } }) => {
        const text = `version ${version}, enlarges ×${scales.join(', ×')}, ${Math.round(bytes / 1e6)} MB, ${licence}`
        return { subject: `upscaler ${id}`, isGood: true, text }
      }),
      ...broken.map(({ folder, error }) => ({ subject: 'pack', isGood: false, text: `${folder}: ${error.message}` })),
    ]
  } catch (error) {
    return [{ subject: 'packs', isGood: false, text: reasonOf(error) }]
  }
}

export function libraryFacts(library: Pick<StoredLibrary, 'stats' | 'folder' | 'access'>): readonly Fact[] {
  const subject = 'library'
  try {
    const { pictures, generations, inTrash, damagedPictures, schemaVersion, sqliteVersion, ...stats } = library.stats()
    const megabytes = Math.round((stats.databaseBytes + stats.pictureBytes) / 1e6)
    const damage = damagedPictures === 0 ? '' : `; ${damagedPictures} damaged`
    return [
      {
        subject,
        isGood: damagedPictures === 0,
        text: `${pictures} pictures of ${generations} runs in ${library.folder}, ${inTrash} in the trash, ${megabytes} MB${damage}`,
      },
      {
        subject: 'database',
        isGood: schemaVersion <= latestVersion(migrations),
        text: `SQLite ${sqliteVersion}, ${schemaText(schemaVersion)}; backups: ${stats.backups}, newest: ${stats.newestBackupAt ?? 'none'}`,
      },
      diskFact(library.folder),
    ]
  } catch (error) {
    return [{ subject, isGood: false, text: reasonOf(error) }]
  }
}

function schemaText(schema: number): string {
  const known = latestVersion(migrations)
  const isNewer = schema > known
  return `schema ${schema}${isNewer ? ` of a newer Easel, which this one can only look at: it knows up to ${known}` : ''}`
}

function diskFact(folder: string): Fact {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const isWritable = canBeWritten(folder)
  const text = `${(free / 1e9).toFixed(1)} GB free for the library${isWritable ? '' : ', whose folder cannot be written to'}`
  return { subject: 'disk', isGood: isWritable && free >= fewBytesFree, text }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
