import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Option, type Command } from 'commander'

import { exportFormats, exportScales, type ExportFormat, type ExportUpscale } from '#app/contract/browsing-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PictureId } from '#app/domain/ids.ts'
import type { Studio } from '#main/studio/studio.ts'

import { writeWhole } from '../../write-whole.ts'
import { exitCodes, type CliContext } from '../context.ts'
import { prepareFolder } from '../copy-pictures.ts'
import { parseFolder, parsePackId, parsePictureIds, type LibraryFlags } from '../flags.ts'
import { printable } from '../printable.ts'

interface ExportFlags extends LibraryFlags {
  readonly out: string
  readonly format: ExportFormat
  readonly scale: string
  readonly upscale: ExportUpscale
  readonly receipt?: true
}

const examples = `
Larger pictures are made smoothly (lanczos), with every pixel a square (squares), or by an upscaler that is installed
(see: easel packs list). An upscaler draws fine detail, which helps photographs; flat art is better off without.

Examples:
  easel export 0b6f… --out pictures
  easel export 0b6f… 77ac… --out pictures --format webp --scale 4
  easel export 0b6f… --out pictures --scale 4 --upscale esrgan-medium
`

/** `easel export`. @param done is told the exit code */
export function addExportCommand(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  program
    .command('export')
    .description('Writes pictures of the library to files, larger if wanted.')
    .argument('<pictures...>', 'ids of the pictures (see: easel library list)', parsePictureIds)
    .requiredOption('--out <folder>', 'where the files go; nothing is overwritten', parseFolder)
    .addOption(new Option('--format <format>', 'kind of file').choices(exportFormats).default('png'))
    .addOption(
      new Option('--scale <times>', 'times the size of the picture').choices(exportScales.map(String)).default('1'),
    )
    .addOption(
      new Option('--upscale <name>', 'lanczos, squares, or the id of an upscaler')
        .argParser(parsePackId)
        .default('lanczos'),
    )
    .option('--receipt', 'with prompt, seed, settings and tokens')
    .option('--library <folder>', "the library's folder (default: EASEL_LIBRARY, or your data folder)", parseFolder)
    .addHelpText('after', examples)
    .action(async (pictures: readonly PictureId[], flags: ExportFlags) =>
      done(await exportAll(context, pictures, flags)),
    )
}

async function exportAll(context: CliContext, pictures: readonly PictureId[], flags: ExportFlags): Promise<number> {
  const interruption = context.interruption()
  const studio = await context.openStudio({ libraryFolder: flags.library, access: 'read' })
  try {
    await prepareFolder(flags.out)
    for (const [place, id] of pictures.entries()) {
      const file = await exportOne(studio, id, flags, interruption)
      if (file === null) {
        context.writeErr(`Interrupted. ${place} of ${pictures.length} pictures are written.\n`)
        return exitCodes.interrupted
      }
      context.writeOut(`${printable(file)}\n`)
      if (pictures.length > 1) context.writeErr(`${place + 1} of ${pictures.length}\n`)
    }
    return exitCodes.done
  } finally {
    await studio.close()
  }
}

/** @returns the new file; null when it was interrupted */
async function exportOne(
  { api }: Studio,
  id: PictureId,
  {
    out,
    format,
    scale: times,
    upscale,
    receipt = false,
  }: Omit<ExportFlags, 'receipt'> & { readonly receipt?: boolean },
  interruption: AbortSignal,
): Promise<string | null> {
  if (interruption.aborted) return null
  const scale = exportScales.find((known) => String(known) === times)
  const exportId = `cli-${id}`.slice(0, 64)
  const cancel = (): void => void api.cancelExport({ exportId })
  interruption.addEventListener('abort', cancel, { once: true })
  try {
    const pictureIds = [id]
    const made = await api.exportPictures({ pictureIds, format, scale, upscale, hasReceipt: receipt, exportId })
    return made && (await writeNew(out, made.name, Buffer.from(made.base64, 'base64')))
  } finally {
    interruption.removeEventListener('abort', cancel)
  }
}

/** Under the first free name: `a cat 7-0.png`, `a cat 7-0 (2).png`. */
async function writeNew(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const dot = name.lastIndexOf('.')
  for (let number = 1; ; number += 1) {
    const file = join(folder, number === 1 ? name : `${name.slice(0, dot)} (${number})${name.slice(dot)}`)
    try {
      if (await writeWhole(file, (part) => writeFile(part, bytes, { flag: 'wx' }))) return file
    } catch (cause) {
      throw new StudioError('storageFailed', `${file} cannot be written: ${(cause as Error).message}.`, { cause })
    }
  }
}
