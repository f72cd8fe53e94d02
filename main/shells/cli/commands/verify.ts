import type { Command } from 'commander'

import { exitCodes, type CliContext } from '../context.ts'

const examples = `
A PNG that Easel drew carries everything that made it. Verifying draws it once more and compares every token.
Exit code 0: all tokens agree; 1: they do not, or it could not be replayed.

Example:
  easel verify a-red-apple-seed7-rank01-candidate3-1a2b3c4d.png
`

/** `easel verify`. */
export function addVerifyCommand(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  program
    .command('verify')
    .description('Replays the receipt inside a PNG and says whether it gives the same picture.')
    .argument('<file>', 'a PNG that Easel drew')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (file: string, flags: { readonly json?: true }) => {
      const tools = context.openTools()
      try {
        const verification = await tools.verifyFile(file)
        const { matches, message } = verification
        context.writeOut(flags.json === true ? `${JSON.stringify(verification)}\n` : `${message}\n`)
        done(matches ? exitCodes.done : exitCodes.failed)
      } finally {
        await tools.close()
      }
    })
}
