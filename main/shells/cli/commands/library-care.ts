import type { Command } from 'commander'

import type { RepairReport } from '#app/domain/library-health.ts'
import type { StoredLibrary } from '#main/library/library.ts'
import type { Tools } from '#main/studio/open-tools.ts'
import type { Studio } from '#main/studio/studio.ts'

import type { CliContext } from '../context.ts'
import { parseFolder } from '../flags.ts'
import { printable } from '../printable.ts'
import { megabytes } from '../sizes.ts'
import { formatTable } from '../table.ts'
import { addRankingCommands } from './library-ranking.ts'
import { print, withStudio, type CareFlags, type Outcome } from './with-studio.ts'

/** `easel library verify | stats | backup | rebuild | import | export | merge`: what keeps a library for years. */
export function addLibraryCareCommands(library: Command, context: CliContext, done: (exitCode: number) => void): void {
  const care = (name: string, description: string, example: string) =>
    library
      .command(name)
      .description(description)
      .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)", parseFolder)
      .option('--json', 'one JSON object on standard output')
      .addHelpText('after', `\nExample:\n  easel library ${example}\n`)
  const run = async (
    access: 'read' | 'write',
    flags: CareFlags,
    work: (library: StoredLibrary) => Outcome | Promise<Outcome>,
  ) => done(await withLibrary(context, access, flags, work))

  care('verify', 'Checks the whole database, and every picture against its hash.', 'verify').action(
    (flags: CareFlags) => run('read', flags, verify),
  )
  care('stats', 'Says how much is in the library.', 'stats').action((flags: CareFlags) => run('read', flags, stats))
  care('backup', 'Makes a verified copy of the database; older copies are thinned out.', 'backup').action(
    (flags: CareFlags) => run('write', flags, backUp),
  )
  care('backups', 'Lists the copies of the database.', 'backups').action((flags: CareFlags) =>
    run('read', flags, listBackups),
  )
  care('repair', 'Puts a damaged library right; what was there is kept aside.', 'repair')
    .option('--force', 'also when nothing is found wrong')
    .action(async (flags: CareFlags & { readonly force?: true }) =>
      done(await withTools(context, flags, (tools) => tools.repairLibrary(flags.library, flags.force === true))),
    )
  care('restore', 'Goes back to a copy of the database; pictures made since are taken in again.', 'restore easel-….db')
    .argument('<name>', 'name of the copy (see: easel library backups)')
    .action(async (name: string, flags: CareFlags) =>
      done(await withTools(context, flags, (tools) => tools.restoreLibrary(flags.library, name))),
    )
  care('rebuild', 'Takes in picture files that the database does not know.', 'rebuild').action((flags: CareFlags) =>
    run('write', flags, rebuild),
  )
  care(
    'import',
    'Takes in PNGs of Easel and of other programs, with what they say of themselves.',
    'import ~/Pictures/old',
  )
    .argument('<paths...>', 'PNG files, or one folder that is searched')
    .action((paths: string[], flags: CareFlags) => run('write', flags, (opened) => importPictures(opened, paths)))
  care('export', 'Writes the library into one tar file with hashes.', 'export library.tar')
    .argument('<file>', 'the tar file to write')
    .option('--tokens-only', 'without pixels: tiny; opening it draws them again')
    .action((file: string, flags: CareFlags & { readonly tokensOnly?: true }) =>
      run('read', flags, (opened) => exportArchive(opened, file, flags.tokensOnly !== true)),
    )
  addRankingCommands(care, context, done)
  care('merge', 'Takes in another library, or a tar file of one.', 'merge /media/old/easel/library')
    .argument('<path>', 'the folder of a library, or a tar file that `export` wrote')
    .action(async (path: string, flags: CareFlags) =>
      done(await withStudio(context, 'write', flags, (studio) => merge(studio, path))),
    )
}

function withLibrary(
  context: CliContext,
  access: 'read' | 'write',
  flags: CareFlags,
  work: (library: StoredLibrary) => Outcome | Promise<Outcome>,
): Promise<number> {
  return withStudio(context, access, flags, ({ library }) => work(library))
}

/** For what needs the library closed. */
async function withTools(
  context: CliContext,
  flags: CareFlags,
  work: (tools: Tools) => Promise<RepairReport>,
): Promise<number> {
  const tools = context.openTools()
  try {
    return print(context, flags, describeRepair(await work(tools)))
  } finally {
    await tools.close()
  }
}

async function verify(library: StoredLibrary): Promise<Outcome> {
  const report = await library.verify()
  const { databaseProblems, pictureProblems, pictures, orphanFiles, seconds } = report
  const problems = [...databaseProblems, ...pictureProblems.map(({ pictureId, problem }) => `${pictureId}: ${problem}`)]
  const isGood = problems.length === 0
  const orphans =
    orphanFiles === 0 ? '' : `${orphanFiles} files that the database does not know: easel library rebuild\n`
  const head = isGood ? 'All is well' : `${problems.length} problems`
  const list = problems.map((problem) => `  ${printable(problem)}\n`).join('')
  return {
    json: report,
    text: `${head}: ${pictures} pictures checked in ${seconds.toFixed(1)} s.\n${list}${orphans}`,
    isGood,
  }
}

function stats(library: StoredLibrary): Outcome {
  const report = library.stats()
  const lines = [
    ['folder', library.folder],
    ['pictures', report.pictures],
    ['in the trash', report.inTrash],
    ['generations', report.generations],
    ['prompts', report.prompts],
    ['picture files', megabytes(report.pictureBytes)],
    ['database', megabytes(report.databaseBytes)],
    ['newest backup', report.newestBackupAt ?? 'none'],
    ['damaged', report.damagedPictures],
  ]
  return {
    json: { folder: library.folder, ...report },
    text: lines.map(([name, value]) => `${String(name).padEnd(16)}${value}\n`).join(''),
  }
}

async function backUp(library: StoredLibrary): Promise<Outcome> {
  const backup = await library.backUp()
  return { json: backup, text: `Backed up as ${backup.name}, ${megabytes(backup.bytes)}.\n` }
}

async function rebuild(library: StoredLibrary): Promise<Outcome> {
  const report = await library.rebuild()
  const { files, added, known, unreadable } = report
  return {
    json: report,
    text: `${files} files looked at: ${added} taken in, ${known} known, ${unreadable} not readable.\n`,
  }
}

function importPictures(library: StoredLibrary, paths: readonly string[]): Outcome {
  const [path = ''] = paths
  const isOnePath = paths.length === 1 && !path.toLowerCase().endsWith('.png')
  return describeImport(library.importPictures(isOnePath ? { folder: path } : { files: paths }))
}

async function exportArchive(library: StoredLibrary, file: string, hasPixels: boolean): Promise<Outcome> {
  const report = await library.exportArchive({ file, hasPixels })
  return { json: report, text: `${report.pictures} pictures in ${report.file}, ${megabytes(report.bytes)}.\n` }
}

async function merge(studio: Studio, path: string): Promise<Outcome> {
  const isArchive = path.toLowerCase().endsWith('.tar')
  return describeImport(await (isArchive ? studio.importArchive(path) : studio.library.mergeLibrary(path)))
}

function listBackups(library: StoredLibrary): Outcome {
  const backups = library.listBackups()
  const rows = backups.map(({ name, createdAt, bytes }) => [
    createdAt.slice(0, 16).replace('T', ' '),
    megabytes(bytes),
    name,
  ])
  return {
    json: { backups },
    text: backups.length === 0 ? 'No backups.\n' : formatTable(['made (UTC)', 'size', 'name'], rows),
  }
}

function describeRepair(report: RepairReport): Outcome {
  const { problems, setAside, restoredFrom, rebuilt, rowsDropped, rowsCorrected, pictures } = report
  const lines = [
    problems.length === 0 ? 'Nothing was found wrong.' : `Found: ${problems.map(printable).join('; ')}.`,
    restoredFrom === null ? '' : `Restored from ${restoredFrom.name} of ${restoredFrom.createdAt}.`,
    rebuilt === null ? '' : `Taken in from picture files: ${rebuilt.added} of ${rebuilt.files}.`,
    rowsDropped + rowsCorrected === 0
      ? ''
      : `Rows without a file dropped: ${rowsDropped}; corrected: ${rowsCorrected}.`,
    setAside === null
      ? ''
      : `What was there before is kept in ${setAside} of the library. It now has ${pictures} pictures.`,
  ]
  return {
    json: report,
    text: lines
      .filter((line) => line !== '')
      .map((line) => `${line}\n`)
      .join(''),
  }
}

function describeImport(report: Awaited<ReturnType<StoredLibrary['mergeLibrary']>>): Outcome {
  const { added, known, refused } = report
  const list = refused.map(({ file, reason }) => `  ${printable(file)}: ${printable(reason)}\n`).join('')
  const text = `${added} taken in, ${known} known already, ${refused.length} refused.\n${list}`
  return { json: report, text, isGood: refused.length === 0 }
}
