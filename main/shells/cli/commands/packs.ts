import type { Command } from 'commander'

import { StudioError } from '#app/contract/errors.ts'
import type { PackId } from '#app/domain/ids.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { UpscalerSummary } from '#app/domain/upscaler.ts'
import { installPackFile, packFileEnding, writePackFile } from '#main/packs/store/pack-file.ts'
import type { Tools } from '#main/studio/open-tools.ts'

import { writeWhole } from '../../write-whole.ts'
import { exitCodes, type CliContext } from '../context.ts'
import { parsePackId } from '../flags.ts'
import { isGoodShare } from '#main/packs/golden/golden-share.ts'
import { printable, shorten } from '../printable.ts'
import { megabytes } from '../sizes.ts'
import { formatTable } from '../table.ts'

interface JsonFlag {
  readonly json?: true
}
type Done = (exitCode: number) => void

const listExamples = `
Examples:
  easel packs list
  easel packs list --json | jq -r '.packs[].id'
`

/** `easel packs …`. */
export function addPacksCommands(program: Command, context: CliContext, done: Done): void {
  const packs = program
    .command('packs')
    .description('Looks after the models that Easel draws with, and the upscalers that enlarge exports.')
  packs
    .command('list')
    .description('Lists the installed packs, and the folders that look like one and cannot be used.')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', listExamples)
    .action((flags: JsonFlag) => withTools(context, done, (tools) => list(context, tools, flags)))
  packs
    .command('info')
    .description('Says what a pack is, whose work is in it, and under which licences.')
    .argument('<pack>', 'id of the pack', parsePackId)
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', '\nExample:\n  easel packs info starter\n')
    .action((id: PackId, flags: JsonFlag) => withTools(context, done, (tools) => info(context, tools, id, flags)))
  packs
    .command('check')
    .description('Checks every byte of a pack, and draws its golden runs again on this machine.')
    .argument('<pack>', 'id of the pack', parsePackId)
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', '\nExample:\n  easel packs check starter\n')
    .action((id: PackId, flags: JsonFlag) => withTools(context, done, (tools) => check(context, tools, id, flags)))
  packs
    .command('install')
    .description('Copies a pack to the installed packs, after checking it. Replaces an installed pack of the same id.')
    .argument('<pack>', `a folder with a pack.json, or a file that ends in ${packFileEnding}`)
    .addHelpText('after', '\nExample:\n  easel packs install ~/Downloads/mega.easelpack\n')
    .action((source: string) => withTools(context, done, (tools) => install(context, tools, source)))
  packs
    .command('save')
    .description('Writes a pack into one new file, to be sent and opened elsewhere.')
    .argument('<pack>', 'id of the pack', parsePackId)
    .argument('<file>', `the new file; its name should end in ${packFileEnding}`)
    .addHelpText('after', '\nExample:\n  easel packs save starter starter.easelpack\n')
    .action((id: PackId, file: string) => withTools(context, done, (tools) => save(context, tools, id, file)))
  packs
    .command('remove')
    .description('Removes an installed pack. Pictures drawn with it stay.')
    .argument('<pack>', 'id of the pack', parsePackId)
    .addHelpText('after', '\nExample:\n  easel packs remove mega\n')
    .action((id: PackId) => withTools(context, done, (tools) => remove(context, tools, id)))
}

async function withTools(context: CliContext, done: Done, work: (tools: Tools) => Promise<number>): Promise<void> {
  const tools = context.openTools()
  try {
    done(await work(tools))
  } finally {
    await tools.close()
  }
}

async function list(context: CliContext, { packs }: Tools, flags: JsonFlag): Promise<number> {
  const found = (await packs.list()).map(({ summary }) => summary)
  const upscalers = (await packs.listUpscalers()).map(({ summary }) => summary)
  const broken = (await packs.listBroken()).map(({ folder, error }) => ({ folder, reason: error.message }))
  if (flags.json === true) context.writeOut(`${JSON.stringify({ packs: found, upscalers, broken })}\n`)
  else {
    context.writeOut(describePacks(found))
    if (upscalers.length > 0) context.writeOut(`\n${describeUpscalers(upscalers)}`)
    for (const { folder, reason } of broken) context.writeErr(`Cannot be used: ${folder}: ${printable(reason)}\n`)
  }
  return exitCodes.done
}

async function info(context: CliContext, { packs }: Tools, id: PackId, flags: JsonFlag): Promise<number> {
  const upscaler = await upscalerOf(packs, id)
  if (upscaler !== undefined) {
    const { summary, folder } = upscaler
    const text = flags.json === true ? `${JSON.stringify({ ...summary, folder })}\n` : describeUpscaler(summary, folder)
    context.writeOut(text)
    return exitCodes.done
  }
  const { summary, folder } = await packs.find(id)
  context.writeOut(flags.json === true ? `${JSON.stringify({ ...summary, folder })}\n` : describePack(summary, folder))
  return exitCodes.done
}

async function check(context: CliContext, tools: Tools, id: PackId, flags: JsonFlag): Promise<number> {
  const upscaler = await upscalerOf(tools.packs, id)
  const { pack, runs } = upscaler === undefined ? await tools.checkPack(id) : { pack: upscaler, runs: [] }
  const { version } = pack.summary
  const drawn = runs.map(({ run: { prompt, precision }, equalShare }) => ({ prompt, precision, equalShare }))
  const isGood = drawn.every(({ equalShare }) => isGoodShare(equalShare))
  if (flags.json === true) {
    context.writeOut(`${JSON.stringify({ id, version, folder: pack.folder, isGood, goldenRuns: drawn })}\n`)
    return isGood ? exitCodes.done : exitCodes.failed
  }
  context.writeOut(`${id} ${version} in ${pack.folder}: every file is what pack.json says.\n`)
  if (upscaler === undefined && drawn.length === 0) context.writeOut('It brings no golden runs to draw again.\n')
  for (const { prompt, precision, equalShare } of drawn) {
    const share =
      equalShare === 1 ? 'the same tokens' : `the same tokens for the first ${Math.floor(equalShare * 100)} %`
    context.writeOut(`Golden run "${printable(prompt)}" in ${precision}: ${share}.\n`)
  }
  if (isGood) return exitCodes.done
  context.writeErr('A golden run is wrong from its beginning: the pack or the engine does not work on this machine.\n')
  return exitCodes.failed
}

async function install(context: CliContext, { packs }: Tools, source: string): Promise<number> {
  const isFile = source.endsWith(packFileEnding)
  const { summary, folder: target } = await (isFile ? installPackFile(packs, source) : packs.install(source))
  context.writeErr(`Installed ${summary.id} ${summary.version} in ${target}.\n`)
  return exitCodes.done
}

async function save(context: CliContext, { packs }: Tools, id: PackId, file: string): Promise<number> {
  const { folder } = (await upscalerOf(packs, id)) ?? (await packs.find(id))
  if (!(await writeWhole(file, (part) => writePackFile(folder, part)))) {
    throw new StudioError('storageFailed', `There is something under the name ${file} already: choose another one.`)
  }
  context.writeErr(`Saved ${id} to ${file}.\n`)
  return exitCodes.done
}

async function remove(context: CliContext, { packs }: Tools, id: PackId): Promise<number> {
  await packs.remove(id)
  context.writeErr(`Removed ${id}.\n`)
  return exitCodes.done
}

async function upscalerOf(packs: Tools['packs'], id: PackId) {
  return (await packs.listUpscalers()).find(({ summary }) => summary.id === id)
}

function describeUpscalers(upscalers: readonly UpscalerSummary[]): string {
  const rows = upscalers.map(({ id, version, name, scales, bytes, licence }) => [
    ...[id, version, shorten(name, 40), `×${scales.join(', ×')}`, megabytes(bytes), shorten(licence, 24)],
  ])
  return formatTable(['upscaler', 'version', 'name', 'enlarges', 'size', 'licence'], rows)
}

function describeUpscaler(upscaler: UpscalerSummary, folder: string): string {
  const { id, version, name, licence, scales, memoryBytes, bytes, sha256 } = upscaler
  const facts = [
    ['id', `${id} ${version}`],
    ['name', printable(name)],
    ['licence', printable(licence)],
    ['can', `enlarge exports ×${scales.join(', ×')}`],
    ['memory', megabytes(memoryBytes)],
    ['size', megabytes(bytes)],
    ['sha256', sha256],
    ['folder', folder],
  ]
  return describeFacts(facts, upscaler)
}

function describePacks(packs: readonly PackSummary[]): string {
  if (packs.length === 0) return 'No packs.\n'
  const rows = packs.map((pack) => [
    pack.id,
    pack.version,
    shorten(pack.name, 40),
    tokenGrid(pack),
    `${pack.pictureWidth} × ${pack.pictureHeight}`,
    megabytes(pack.bytes),
    shorten(pack.licence, 24),
  ])
  return formatTable(['id', 'version', 'name', 'tokens', 'pixels', 'size', 'licence'], rows)
}

/** Places, and behind a plus the tokens that carry the picture's colours. */
function tokenGrid({ rows, columns, paletteRows }: PackSummary): string {
  const places = `${rows - paletteRows} × ${columns}`
  return paletteRows === 0 ? places : `${places} + ${paletteRows * columns}`
}

function describeTokens(pack: PackSummary): string {
  const { columns, paletteRows, paletteLevels, imageVocabulary, textLength } = pack
  const grid = `${pack.rows - paletteRows} × ${columns} of ${imageVocabulary} codes, after ${textLength} of text`
  if (paletteRows === 0) return grid
  return `${grid}, and ${paletteRows * columns} of the palette (its colours, in ${paletteLevels} levels)`
}

function describePack(pack: PackSummary, folder: string): string {
  const { temperature, topK, topP, guidanceScale, candidates } = pack.sampling
  const facts = [
    ['id', `${pack.id} ${pack.version}`],
    ['name', printable(pack.name)],
    ['licence', printable(pack.licence)],
    ['tokens', describeTokens(pack)],
    ['pixels', `${pack.pictureWidth} × ${pack.pictureHeight}`],
    ['precisions', pack.precisions.join(', ')],
    ['can', ['draw', pack.canRank ? 'rank' : '', pack.canEncode ? 'read pictures' : ''].filter(Boolean).join(', ')],
    [
      'defaults',
      `temperature ${temperature}, top-k ${topK}, top-p ${topP}, guidance ${guidanceScale}, ${candidates} candidates`,
    ],
    ['size', megabytes(pack.bytes)],
    ['sha256', pack.sha256],
    ['folder', folder],
  ]
  return describeFacts(facts, pack)
}

function describeFacts(
  facts: readonly (readonly string[])[],
  { description, attribution }: Pick<PackSummary, 'description' | 'attribution'>,
): string {
  const lines = facts.map(([name = '', value = '']) => `${name.padEnd(12)}${value}\n`)
  const texts = [description, ...attribution].filter((text) => text !== '').map((text) => `\n${printable(text)}\n`)
  return [...lines, ...texts].join('')
}
