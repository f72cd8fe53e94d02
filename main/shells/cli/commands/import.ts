import { Option, type Command } from 'commander'

import type { ImportProgress } from '#app/domain/checkpoint.ts'
import type { PackId } from '#app/domain/ids.ts'
import { storedPrecisions, type StoredPrecision } from '#app/domain/pack.ts'
import { describeKeys } from '#main/packs/import/doctor/key-map.ts'
import type { ImportReport } from '#main/packs/import/doctor/report.ts'
import type { UpscalerReport } from '#main/packs/import/upscalers/import-upscaler.ts'

import { exitCodes, type CliContext } from '../context.ts'
import { parsePackId } from '../flags.ts'
import { printable } from '../printable.ts'
import { megabytes } from '../sizes.ts'

const examples = `
Opens published checkpoints without running anything in them, says what they are, and makes a pack of them.
A model is often several files (weights, picture tokenizer, vocabulary): name them all, or one bundle.

Examples:
  easel import encoder_mini.pt decoder_mini.pt detoker.pt vocab_mini.json merges_mini.txt --dry-run
  easel import 1.3B.tar.gz --name mindalle --precision int8
  npm pack @upscalerjs/esrgan-medium && easel import upscalerjs-esrgan-medium-1.0.0.tgz
  easel import text_model.onnx vision_model.onnx tokenizer.json config.json --with starter --name "Starter with CLIP"

What can be opened, file by file: docs/checkpoints.md.
`

const stageTexts: Readonly<Record<ImportProgress['stage'], string>> = {
  hashing: 'Reading the files …',
  reading: 'Unpacking …',
  converting: 'Converting …',
  drawing: 'Drawing with it, to see that it works …',
  checking: 'Checking the pack …',
  installing: 'Installing …',
}

/** Of DALL·E Mini: its configuration's, and min-dalle's. */
const startTokens = [16384, 16383] as const

interface ImportFlags {
  readonly name?: string
  readonly precision?: StoredPrecision
  readonly with?: PackId
  readonly variant?: 'v2' | 'v3'
  readonly startToken?: string
  readonly shortText?: true
  readonly dryRun?: true
  readonly json?: true
}

/** `easel import`: the checkpoint doctor. */
export function addImportCommand(program: Command, context: CliContext, done: (exitCode: number) => void): void {
  program
    .command('import')
    .description('Makes a pack of a published checkpoint.')
    .argument('<files...>', 'all files of one model')
    .option('--name <name>', 'shown name of the pack; its id is made of it')
    .addOption(
      new Option(
        '--precision <precision>',
        'the one precision to keep the transformer in (default: both, or int8 alone past 2 GiB)',
      ).choices(storedPrecisions),
    )
    .option('--with <pack>', 'the files are a CLIP: a copy of this pack gets it, to rank and to search', parsePackId)
    .addOption(
      new Option('--variant <variant>', 'of ruDALL-E, when the file is recognised wrongly').choices(['v2', 'v3']),
    )
    .addOption(
      new Option(
        '--start-token <id>',
        'of DALL·E Mini and Mega; 16383 draws what later versions of min-dalle draw',
      ).choices(startTokens.map(String)),
    )
    .option(
      '--short-text',
      "of DALL·E Mini and Mega: read prompts as min-dalle does, without the model's own normaliser",
    )
    .option('--dry-run', 'only say what the files are')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', examples)
    .action(async (files: string[], flags: ImportFlags) => {
      const tools = context.openTools()
      try {
        const upscaler = await tools.importUpscaler({
          ...{ files, signal: context.interruption(), isDryRun: flags.dryRun === true },
          ...(flags.name === undefined ? {} : { name: flags.name }),
        })
        if (upscaler !== null) {
          context.writeOut(flags.json === true ? `${JSON.stringify(upscaler)}\n` : describeUpscaler(upscaler))
          return done(exitCodes.done)
        }
        const report = await tools.importCheckpoint({
          files,
          signal: context.interruption(),
          onProgress: announceStages(context),
          ...(flags.name === undefined ? {} : { name: flags.name }),
          ...(flags.precision === undefined ? {} : { precision: flags.precision }),
          ...(flags.with === undefined ? {} : { base: (await tools.packs.find(flags.with)).folder }),
          ...(flags.variant === undefined ? {} : { variant: flags.variant }),
          ...(flags.startToken === undefined ? {} : { startToken: Number(flags.startToken) }),
          ...(flags.shortText === undefined ? {} : { isTextShort: flags.shortText }),
          ...(flags.dryRun === undefined ? {} : { isDryRun: flags.dryRun }),
        })
        context.writeOut(flags.json === true ? `${JSON.stringify(machineReport(report))}\n` : describeReport(report))
        done(exitCodes.done)
      } finally {
        await tools.close()
      }
    })
}

/** One line for each stage as it begins. */
function announceStages(context: CliContext): (progress: ImportProgress) => void {
  let shown: ImportProgress['stage'] | undefined
  return ({ stage }) => {
    if (stage === shown) return
    shown = stage
    context.writeErr(`${stageTexts[stage]}\n`)
  }
}

/** What a script gets: the keys are promised. An import that installed says also where. */
function machineReport({
  family,
  geometry,
  missing,
  extra,
  licence,
  sha256,
  memoryBytes,
  secondsPerPicture,
  pack,
}: ImportReport): object {
  const facts = { family, geometry, missing, extra, licence, sha256, memoryBytes, secondsPerPicture }
  return pack === null ? facts : { ...facts, pack }
}

function describeUpscaler({ source, licence, attribution, scales, parameters, pack }: UpscalerReport): string {
  const facts = [
    ['upscaler', printable(source)],
    ['enlarges', `×${scales.join(', ×')}`],
    ['parameters', `${(parameters / 1e6).toFixed(2)} million`],
    ['licence', `${printable(licence)} (${printable(attribution.join(' '))})`],
    ...(pack === null ? [] : [[pack.isNew ? 'installed' : 'was there', `${pack.id} in ${pack.folder}`]]),
  ]
  return facts.map(([name = '', value = '']) => `${name.padEnd(12)}${value}\n`).join('')
}

function describeReport(report: ImportReport): string {
  const { geometry, missing, extra, licence, memoryBytes, secondsPerPicture, pack } = report
  const facts = [
    ['family', report.familyName],
    ...report.parts.map(({ kind, reason }) => [kind, printable(reason)]),
    [
      'tokens',
      `${geometry.rows} × ${geometry.columns} of ${geometry.imageVocabulary} codes, after ${geometry.textLength} of text`,
    ],
    ['layers', `${geometry.layers} of width ${geometry.width}, ${geometry.heads} heads`],
    ['pixels', `${geometry.pictureWidth} × ${geometry.pictureHeight}`],
    ['licence', `${licence.name} (${licence.sources.join('; ')})`],
    ...Object.entries(report.sha256).map(([name, hash]) => ['sha256', `${hash} ${printable(name)}`]),
    ['memory', megabytes(memoryBytes)],
    ['estimate', `${secondsPerPicture.toPrecision(2)} s a picture on this machine`],
    ['missing', missing.length === 0 ? 'nothing' : missing.map(printable).join(', ')],
    ['left over', extra.length === 0 ? 'nothing' : extra.map(printable).join(', ')],
  ]
  const lines = facts.map(([name = '', value = '']) => `${name.padEnd(12)}${value}\n`)
  if (pack === null) return [...lines, '\n', ...describeMap(report)].join('')
  const outcome = pack.isNew ? 'Installed' : 'Was installed already:'
  return [...lines, `${outcome} ${pack.id} in ${pack.folder}.\n`].join('')
}

function describeMap({ parts }: ImportReport): string[] {
  return parts.flatMap(({ kind, family, keys }) => [
    `${kind} of ${family}:\n`,
    ...describeKeys(keys).map((line) => `  ${printable(line)}\n`),
  ])
}
