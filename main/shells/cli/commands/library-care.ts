import type { Command } from 'commander'

import type { StoredLibrary } from '#main/library/library.ts'

import { exitCodes, type CliContext } from '../context.ts'
import type { LibraryFlags } from '../flags.ts'
import { printable } from '../printable.ts'

interface CareFlags extends LibraryFlags {
  readonly json?: true
}
/** What a command of care does, and what it prints: an object for `--json`, text else. */
interface Outcome {
  readonly json: object
  readonly text: string
  readonly isGood?: boolean
}

/** `easel library verify | stats | backup | rebuild | import | export | merge`: what keeps a library for years. */
export function addLibraryCareCommands(library: Command, context: CliContext, done: (exitCode: number) => void): void {
  const care = (name: string, description: string, example: string) =>
    library
      .command(name)
      .description(description)
      .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)")
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
  care('merge', 'Takes in another library, or a tar file of one.', 'merge /media/old/easel/library')
    .argument('<path>', 'the folder of a library, or a tar file that `export` wrote')
    .action((path: string, flags: CareFlags) => run('write', flags, (opened) => merge(opened, path)))
}

async function withLibrary(
  context: CliContext,
  access: 'read' | 'write',
  flags: CareFlags,
  work: (library: StoredLibrary) => Outcome | Promise<Outcome>,
): Promise<number> {
  const studio = await context.openStudio({
    ...(flags.library === undefined ? {} : { libraryFolder: flags.library }),
    ...{ access, isResuming: false },
  })
  try {
    const { json, text, isGood = true } = await work(studio.library)
    context.writeOut(flags.json === true ? `${JSON.stringify(json)}\n` : text)
    return isGood ? exitCodes.done : exitCodes.failed
  } finally {
    await studio.close()
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
    ['pictures', megabytes(report.pictureBytes)],
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

async function merge(library: StoredLibrary, path: string): Promise<Outcome> {
  const isArchive = path.toLowerCase().endsWith('.tar')
  return describeImport(await (isArchive ? library.importArchive({ file: path }) : library.mergeLibrary(path)))
}

function describeImport(report: Awaited<ReturnType<StoredLibrary['mergeLibrary']>>): Outcome {
  const { added, known, refused } = report
  const list = refused.map(({ file, reason }) => `  ${printable(file)}: ${printable(reason)}\n`).join('')
  return { json: report, text: `${added} taken in, ${known} known already, ${refused.length} refused.\n${list}` }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
