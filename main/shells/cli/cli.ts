import { Command, CommanderError } from 'commander'

import { nameAllowedWords } from './allowed-words.ts'
import { addBugReportCommand } from './commands/bug-report.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addExportCommand } from './commands/export.ts'
import { addFetchCommand } from './commands/fetch.ts'
import { addGenerateCommand } from './commands/generate.ts'
import { addImportCommand } from './commands/import.ts'
import { addLibraryCommands } from './commands/library.ts'
import { addPacksCommands } from './commands/packs.ts'
import { addResumeCommand } from './commands/resume.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { exitCodes, type CliContext } from './context.ts'
import { describeFailure } from './failure.ts'
import { printable } from './printable.ts'

const epilogue = `
Results go to standard output, progress and messages to standard error.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`

/**
 * Runs one command line.
 * @param words without program and script: `['generate', 'a red apple']`
 * @returns the exit code; never rejects
 */
export async function runCli(words: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = exitCodes.done
  const program = createProgram(context, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has written its message already; asked-for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage
    const { text, exitCode: code } = describeFailure(error, context.isDebugging)
    context.writeErr(text)
    return code
  }
}

/** What was typed is part of the message: without what a terminal acts on, and without the middle of a very long one. */
function safeUsageError(text: string): string {
  const characters = Array.from(printable(text).trimEnd())
  const shown = characters.length <= 400 ? characters : [...characters.slice(0, 120), ' … ', ...characters.slice(-200)]
  return `${shown.join('')}\n`
}

function createProgram(context: CliContext, done: (exitCode: number) => void): Command {
  const program = new Command('easel')
    .description('Draws pictures from words with an autoregressive model, and keeps them in a library.')
    .version(context.version, '--version')
    .addHelpText('after', epilogue)
    .configureOutput({
      writeOut: context.writeOut,
      writeErr: context.writeErr,
      outputError: (text, write) => write(safeUsageError(text)),
    })
    .showHelpAfterError('Add --help to see what is allowed.')
  addGenerateCommand(program, context, done)
  addResumeCommand(program, context, done)
  addLibraryCommands(program, context, done)
  addExportCommand(program, context, done)
  addPacksCommands(program, context, done)
  addFetchCommand(program, context, done)
  addImportCommand(program, context, done)
  addVerifyCommand(program, context, done)
  addDoctorCommand(program, context, done)
  addBugReportCommand(program, context)
  nameAllowedWords(program, context.writeErr)
  return program
}
