import type { Command } from 'commander'

import type { PackSummary } from '#app/domain/pack.ts'

import { exitCodes, type CliContext } from '../context.ts'
import { shorten } from '../printable.ts'
import { formatTable } from '../table.ts'

const examples = `
Examples:
  easel packs list
  easel packs list --json | jq -r '.packs[].id'
`

/** `easel packs …`. */
export function addPacksCommands(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  const packs = program.command('packs').description('Looks after the models that Easel draws with.')
  packs
    .command('list')
    .description('Lists the installed packs.')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (flags: { readonly json?: true }) => {
      const found = await context.listPacks()
      context.writeOut(flags.json === true ? `${JSON.stringify({ packs: found })}\n` : describePacks(found))
      done(exitCodes.done)
    })
}

function describePacks(packs: readonly PackSummary[]): string {
  if (packs.length === 0) return 'No packs.\n'
  const rows = packs.map(({ id, version, name, rows, columns, pictureWidth, pictureHeight, bytes, licence }) => [
    id,
    version,
    shorten(name, 40),
    `${rows} × ${columns}`,
    `${pictureWidth} × ${pictureHeight}`,
    `${(bytes / 1e6).toFixed(1)} MB`,
    shorten(licence, 24),
  ])
  return formatTable(['id', 'version', 'name', 'tokens', 'pixels', 'size', 'licence'], rows)
}
