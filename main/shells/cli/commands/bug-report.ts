import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import type { Command } from 'commander'

import { StudioError } from '#app/contract/errors.ts'
import { writeBugReport } from '#main/studio/bug-report.ts'
import { machineFacts } from '#main/studio/facts.ts'

import type { CliContext } from '../context.ts'
import { parseFolder, type LibraryFlags } from '../flags.ts'
import { library } from './doctor.ts'

interface BugReportFlags extends LibraryFlags {
  readonly out?: string
}

const logLines = 300
const examples = `
A text in Markdown: versions, machine, packs, library and the newest lines of the log, without prompts and pictures. Nothing is sent.

Examples:
  easel bug-report | less
  easel bug-report --out report.md
`

/** `easel bug-report`: what somebody who helps needs to know, to be read before it is sent. */
export function addBugReportCommand(program: Command, context: CliContext): void {
  program
    .command('bug-report')
    .description('Writes a report about this installation that you can read before you send it.')
    .option('--out <file>', 'a new file instead of standard output')
    .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)", parseFolder)
    .addHelpText('after', examples)
    .action(async (flags: BugReportFlags) => {
      const tools = context.openTools()
      try {
        const facts = [
          ...machineFacts(context.version),
          ...(await library(context, flags)),
          ...(await tools.describe()),
        ]
        const text = writeBugReport({ at: new Date(), facts, log: context.recentLog(logLines) })
        context.writeOut(flags.out === undefined ? text : await keep(resolve(flags.out), text))
      } finally {
        await tools.close()
      }
    })
}

/** @returns the path, as the result of the command */
async function keep(file: string, text: string): Promise<string> {
  try {
    await writeFile(file, text, { flag: 'wx' })
    return `${file}\n`
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StudioError('storageFailed', `The report could not be written: ${reason}.`, { cause })
  }
}
