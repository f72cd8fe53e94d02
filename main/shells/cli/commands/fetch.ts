import { resolve } from 'node:path'

import type { Command } from 'commander'

import { downloadSource, findSource } from '#main/packs/import/download/download-source.ts'
import { knownSources, type KnownSource, type SourceFile } from '#main/packs/import/download/known-sources.ts'

import { exitCodes, type CliContext } from '../context.ts'
import { megabytes } from '../sizes.ts'
import { formatTable } from '../table.ts'

const examples = `
Nothing is ever fetched unless this command is given a source. What arrives is checked against the published checksum,
where there is one; a download that broke off goes on where it ended. Links of that age may be dead.

Examples:
  easel fetch
  easel fetch dalle-mini --into checkpoints
  easel fetch min-dall-e --mirror https://mirror.example/get
`
/** Progress is told in steps of so many per cent. */
const stepPercent = 10

interface FetchFlags {
  readonly into?: string
  readonly mirror?: string
  readonly json?: true
}

/** `easel fetch`: published checkpoints from where they were published. */
export function addFetchCommand(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  program
    .command('fetch')
    .description('Lists known checkpoints, or fetches one of them.')
    .argument('[source]', 'id of the checkpoint; without one they are listed')
    .option('--into <folder>', 'where its files go (default: a folder of its name here)')
    .option('--mirror <url>', 'fetches <url>/<host>/<path> instead (default: EASEL_MIRROR)')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (id: string | undefined, flags: FetchFlags) => {
      if (id === undefined) context.writeOut(listed(flags))
      else await fetchSource(context, findSource(id), flags)
      done(exitCodes.done)
    })
}

function listed({ json }: FetchFlags): string {
  if (json === true) return `${JSON.stringify({ sources: knownSources })}\n`
  const rows = knownSources.map((source) => [
    source.id,
    sizeOf(source),
    source.files.length,
    source.licence,
    source.title,
  ])
  return formatTable(['id', 'size', 'files', 'licence', 'what it is'], rows)
}

/** Publishers do not say of every file how large it is. */
function sizeOf({ files }: KnownSource): string {
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0)
  if (bytes === 0) return 'not known'
  return files.every((file) => file.bytes !== null) ? `about ${megabytes(bytes)}` : `over ${megabytes(bytes)}`
}

async function fetchSource(context: CliContext, source: KnownSource, flags: FetchFlags): Promise<void> {
  const folder = resolve(flags.into ?? source.id)
  const mirror = flags.mirror ?? process.env['EASEL_MIRROR']
  context.writeErr(`${source.title}. Licence: ${source.licence}.\n`)
  const files = await downloadSource(source, folder, {
    signal: context.interruption(),
    ...(mirror === undefined ? {} : { mirror }),
    onFile: ({ name, url }) => context.writeErr(`${name} from ${new URL(url).host} …\n`),
    onProgress: announcedSteps(context),
  })
  const hint = `easel import ${files.map(({ path }) => JSON.stringify(path)).join(' ')}`
  if (flags.json === true)
    context.writeOut(`${JSON.stringify({ source: source.id, licence: source.licence, files })}\n`)
  else
    context.writeOut(
      formatTable(
        ['sha256', 'file'],
        files.map(({ sha256, path }) => [sha256, path]),
      ),
    )
  context.writeErr(`What it is: ${hint} --dry-run\n`)
}

/** A line for every tenth of a file. */
function announcedSteps(context: CliContext): (file: SourceFile, done: number, total: number | null) => void {
  let told = ''
  return ({ name }, done, total) => {
    if (total === null || total === 0) return
    const percent = Math.floor((100 * done) / total / stepPercent) * stepPercent
    const line = `${name}: ${percent} % of ${megabytes(total)}\n`
    if (line !== told) context.writeErr(line)
    told = line
  }
}
