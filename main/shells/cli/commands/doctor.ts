import { arch, availableParallelism, freemem, platform, totalmem } from 'node:os'

import type { Command } from 'commander'

import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { Tools } from '#main/studio/open-tools.ts'

import { exitCodes, type CliContext } from '../context.ts'
import type { LibraryFlags } from '../flags.ts'
import { isGoodShare } from '../golden-share.ts'
import { printable } from '../printable.ts'
import { gibibytes } from '../sizes.ts'

interface DoctorFlags extends LibraryFlags {
  readonly json?: true
}
/** One thing looked at. */
interface Finding {
  readonly subject: string
  readonly isGood: boolean
  readonly text: string
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
    .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)")
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (flags: DoctorFlags) => {
      const tools = context.openTools()
      try {
        const findings = [machine(context), await library(context, flags), ...(await packs(tools))]
        context.writeOut(flags.json === true ? `${JSON.stringify({ findings })}\n` : findings.map(toLine).join(''))
        done(findings.every(({ isGood }) => isGood) ? exitCodes.done : exitCodes.failed)
      } finally {
        await tools.close()
      }
    })
}

function machine(context: CliContext): Finding {
  const memory = `${gibibytes(freemem())} of ${gibibytes(totalmem())} of memory free`
  const text = `Easel ${context.version}, Node ${process.versions.node}, ${platform()} ${arch()}, ${availableParallelism()} processors, ${memory}`
  return { subject: 'machine', isGood: true, text }
}

async function library(context: CliContext, flags: DoctorFlags): Promise<Finding> {
  const subject = 'library'
  try {
    const studio = await context.openStudio({
      libraryFolder: flags.library,
      access: 'read',
    })
    try {
      const { pictures, damagedPictures, newestBackupAt } = studio.library.stats()
      const damage = damagedPictures === 0 ? '' : `; ${damagedPictures} damaged`
      const text = `${pictures} pictures in ${studio.library.folder}; newest backup: ${newestBackupAt ?? 'none'}${damage}`
      return { subject, isGood: damagedPictures === 0, text }
    } finally {
      await studio.close()
    }
  } catch (error) {
    const isNew = error instanceof StudioError && error.code === 'notFound'
    return { subject, isGood: isNew, text: isNew ? 'none yet; the first picture makes it' : reasonOf(error) }
  }
}

/** Each usable pack draws its golden runs, which also shows that the engine runs on this machine. */
async function packs(tools: Tools): Promise<readonly Finding[]> {
  const [found, broken] = [await tools.packs.list(), await tools.packs.listBroken()]
  if (found.length + broken.length === 0) return [{ subject: 'packs', isGood: false, text: 'none installed' }]
  const findings: Finding[] = []
  for (const { summary } of found) findings.push(await checkPack(tools, summary.id))
  for (const { folder, error } of broken)
    findings.push({ subject: 'packs', isGood: false, text: `${folder}: ${error.message}` })
  return findings
}

async function checkPack(tools: Tools, id: PackId): Promise<Finding> {
  const subject = `pack ${id}`
  try {
    const { runs } = await tools.checkPack(id)
    if (runs.length === 0)
      return { subject, isGood: true, text: 'its files are sound; it has no golden runs to draw again' }
    const worst = Math.min(...runs.map(({ equalShare }) => equalShare))
    const text = `${runs.length} golden runs drawn; equal for ${Math.floor(worst * 100)} % of their tokens or more`
    return { subject, isGood: isGoodShare(worst), text }
  } catch (error) {
    return { subject, isGood: false, text: reasonOf(error) }
  }
}

function toLine({ subject, isGood, text }: Finding): string {
  return `${isGood ? 'ok ' : 'BAD'}  ${subject}: ${printable(text)}\n`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
