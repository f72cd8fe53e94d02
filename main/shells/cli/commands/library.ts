import type { Command } from 'commander'

import type { Page } from '#app/contract/studio-api.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

import { exitCodes, type CliContext } from '../context.ts'
import { parseFolder, parseLimit, type LibraryFlags } from '../flags.ts'
import { shorten } from '../printable.ts'
import { formatTable } from '../table.ts'
import { addLibraryCareCommands } from './library-care.ts'

interface ListFlags extends LibraryFlags {
  readonly limit?: number
  readonly cursor?: string
  readonly json?: true
}

/** What `--json` prints: a page of pictures, each with its file. */
interface PicturesJson {
  readonly pictures: readonly (PictureSummary & { readonly file: string })[]
  /** Hand back with --cursor to get what follows; null = the end. */
  readonly nextCursor: string | null
}

const listExamples = `
Examples:
  easel library list
  easel library list --limit 500 --json
`
const searchExamples = `
All words must be in the prompt; a word also finds longer ones that begin with it.

Examples:
  easel library search apple
  easel library search "red apple" --json | jq -r '.pictures[].file'
`

/** `easel library …`. Reads beside another Easel that is writing. */
export function addLibraryCommands(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  const library = program
    .command('library')
    .description('Looks into the library of finished pictures, and looks after it.')
  addListFlags(library.command('list').description('Lists pictures, newest first.'))
    .addHelpText('after', listExamples)
    .action(async (flags: ListFlags) => done(await listPictures(context, '', flags)))
  addListFlags(library.command('search').description('Finds pictures by the words of their prompts, newest first.'))
    .argument('<words>', 'words of the prompt, in quotes')
    .addHelpText('after', searchExamples)
    .action(async (words: string, flags: ListFlags) => done(await listPictures(context, words, flags)))
  addLibraryCareCommands(library, context, done)
}

function addListFlags(command: Command): Command {
  return command
    .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)", parseFolder)
    .option('--limit <count>', 'how many, 1 to 500 (default: 50)', parseLimit)
    .option('--cursor <text>', 'go on after an earlier page (its nextCursor)')
    .option('--json', 'one JSON object on standard output')
}

async function listPictures(context: CliContext, query: string, flags: ListFlags): Promise<number> {
  const studio = await context.openStudio({
    libraryFolder: flags.library,
    access: 'read',
  })
  try {
    const page = await studio.api.listPictures({ query, cursor: flags.cursor ?? null, limit: flags.limit ?? 50 })
    const pictures = page.items.map((picture) => ({ ...picture, file: studio.pictureFile(picture.id) }))
    const json: PicturesJson = { pictures, nextCursor: page.nextCursor }
    context.writeOut(flags.json === true ? `${JSON.stringify(json)}\n` : describePage(page))
    if (page.nextCursor !== null && flags.json !== true) {
      context.writeErr(`There are more. Go on with: --cursor ${page.nextCursor}\n`)
    }
    return exitCodes.done
  } finally {
    await studio.close()
  }
}

function describePage({ items }: Page<PictureSummary>): string {
  if (items.length === 0) return 'No pictures.\n'
  const rows = items.map(({ id, createdAt, prompt, clipScore, index }) => [
    createdAt.slice(0, 16).replace('T', ' '),
    clipScore?.toFixed(3) ?? '–',
    index,
    shorten(prompt, 60),
    id,
  ])
  return formatTable(['made (UTC)', 'score', 'candidate', 'prompt', 'id'], rows)
}
