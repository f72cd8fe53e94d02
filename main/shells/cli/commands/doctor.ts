import type { Command } from 'commander'

import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import { libraryFacts, machineFacts, reasonOf, type Fact } from '#main/studio/facts.ts'
import type { Tools } from '#main/studio/open-tools.ts'

import { exitCodes, type CliContext } from '../context.ts'
import { parseFolder, type LibraryFlags } from '../flags.ts'
import { isGoodShare } from '#main/packs/golden/golden-share.ts'
import { printable } from '../printable.ts'

interface DoctorFlags extends LibraryFlags {
  readonly json?: true
}

const examples = `
Looks at this machine, the library, the packs and the engine; changes nothing. Exit code 0: all is well.

Example:
  easel doctor
`

/** `easel doctor`: where to look first when something does not work. */
export function addDoctorCommand(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  program
    .command('doctor')
    .description('Checks that everything Easel needs is there and works.')
    .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)", parseFolder)
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (flags: DoctorFlags) => {
      const tools = context.openTools()
      try {
        const described = await tools.describe()
        const findings = [
          ...machineFacts(context.version),
          ...(await library(context, flags)),
          ...described.filter(({ subject, isGood }) => subject === 'engine' || !isGood),
          ...(await drawGolden(tools)),
        ]
        context.writeOut(flags.json === true ? `${JSON.stringify({ findings })}\n` : findings.map(toLine).join(''))
        done(findings.every(({ isGood }) => isGood) ? exitCodes.done : exitCodes.failed)
      } finally {
        await tools.close()
      }
    })
}

/** Also for bug reports: a library that cannot be opened is a finding, not a failure. */
export async function library(context: CliContext, flags: LibraryFlags): Promise<readonly Fact[]> {
  const subject = 'library'
  try {
    const studio = await context.openStudio({ libraryFolder: flags.library, access: 'read' })
    try {
      return libraryFacts(studio.library)
    } finally {
      await studio.close()
    }
  } catch (error) {
    const isNew = error instanceof StudioError && error.code === 'notFound'
    return [{ subject, isGood: isNew, text: isNew ? 'none yet; the first picture makes it' : reasonOf(error) }]
  }
}

/** Each usable pack draws its golden runs, which also shows that the engine runs on this machine. */
async function drawGolden(tools: Tools): Promise<readonly Fact[]> {
  const found: Fact[] = []
  for (const { summary } of await tools.packs.list()) found.push(await checkPack(tools, summary.id))
  for (const { summary } of await tools.packs.listUpscalers()) {
    // Being listed means that every byte was checked.
    const text = `its files are sound; it enlarges exports ×${summary.scales.join(', ×')} and draws nothing`
    found.push({ subject: `upscaler ${summary.id}`, isGood: true, text })
  }
  return found
}

async function checkPack(tools: Tools, id: PackId): Promise<Fact> {
  const subject = `pack ${id}`
  try {
    const { runs } = await tools.checkPack(id)
    if (runs.length === 0)
      return { subject, isGood: true, text: 'its files are sound; it has no golden runs to draw again' }
    const worst = Math.min(...runs.map(({ equalShare }) => equalShare))
    const places = [...new Set(runs.map(({ where }) => where ?? ''))].filter((where) => where !== '')
    const drawn = `${runs.length} golden runs drawn; equal for ${Math.floor(worst * 100)} % of their tokens or more`
    const text = [drawn, ...places].join('. ')
    return { subject, isGood: isGoodShare(worst), text }
  } catch (error) {
    return { subject, isGood: false, text: reasonOf(error) }
  }
}

function toLine({ subject, isGood, text }: Fact): string {
  return `${isGood ? 'ok ' : 'BAD'}  ${subject}: ${printable(text)}\n`
}
