import type { Command } from 'commander'

import type { RescoringState } from '#app/contract/library-calls.ts'
import { StudioError } from '#app/contract/errors.ts'
import type { PackId, PictureId } from '#app/domain/ids.ts'
import type { FoundPicture, LabelScore } from '#app/domain/organising.ts'
import type { Studio } from '#main/studio/studio.ts'

import type { CliContext } from '../context.ts'
import { parsePackId, parseSimilarity } from '../flags.ts'
import { printable, shorten } from '../printable.ts'
import { formatTable } from '../table.ts'
import { withStudio, type CareFlags, type Outcome } from './with-studio.ts'

interface LabelFlags extends CareFlags {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly of?: string
}
interface RescoreFlags extends CareFlags {
  readonly pack?: PackId
  readonly own?: true
}
interface DuplicateFlags extends CareFlags {
  readonly similarity?: number
}
type AddCommand = (name: string, description: string, example: string) => Command

/** `easel library labels | rescore | duplicates | damaged`: what CLIP and the checks have found out about pictures. */
export function addRankingCommands(care: AddCommand, context: CliContext, done: (exitCode: number) => void): void {
  care('labels', 'Compares words with every picture, and keeps the scores.', 'labels --add "a photo of a dog"')
    .option('--add <words...>', 'labels to compare every picture with')
    .option('--remove <words...>', 'labels to forget, with their scores')
    .option('--of <picture>', 'what the labels say of one picture, by its id')
    .action(async (flags: LabelFlags) => {
      const isChange = flags.add !== undefined || flags.remove !== undefined
      done(await withStudio(context, isChange ? 'write' : 'read', flags, (studio) => labels(context, studio, flags)))
    })
  care('rescore', 'Scores every picture by one CLIP pack; scores of other packs stay.', 'rescore --pack starter')
    .option('--pack <id>', 'the pack whose scores are shown from now on (default: the one chosen before)', parsePackId)
    .option('--own', 'show of each picture the score of the pack that drew it again')
    .action(async (flags: RescoreFlags) => {
      const code = await withStudio(context, 'write', flags, (studio) => rescore(context, studio, flags))
      done(code)
    })
  care('duplicates', 'Finds pictures that look alike.', 'duplicates --similarity 0.95')
    .option('--similarity <number>', 'how alike, 0.5 to 1 (default: 0.97)', parseSimilarity)
    .action(async (flags: DuplicateFlags) =>
      done(await withStudio(context, 'read', flags, (studio) => duplicates(context, studio, flags.similarity))),
    )
  care('damaged', 'Lists the pictures that checks in idle time found damaged.', 'damaged').action(
    async (flags: CareFlags) => done(await withStudio(context, 'read', flags, damaged)),
  )
}

async function labels(context: CliContext, studio: Studio, flags: LabelFlags): Promise<Outcome> {
  for (const name of flags.remove ?? []) await studio.api.removeLabel({ name })
  for (const name of flags.add ?? []) await studio.api.addLabel({ name })
  if (flags.add !== undefined) await finish(context, studio)
  if (flags.of !== undefined)
    return describeScores(await studio.api.listLabelScores({ pictureId: flags.of as PictureId }))
  const kept = await studio.api.listLabels()
  const rows = kept.map(({ name, packId, scored, waiting }) => [scored, waiting, packId, printable(name)])
  return {
    json: { labels: kept },
    text: kept.length === 0 ? 'No labels.\n' : formatTable(['scored', 'waiting', 'pack', 'label'], rows),
  }
}

function describeScores(scores: readonly LabelScore[]): Outcome {
  const rows = scores.map(({ name, score, packId }) => [score.toFixed(3), packId, printable(name)])
  return {
    json: { scores },
    text: scores.length === 0 ? 'No label has been compared with it.\n' : formatTable(['score', 'pack', 'label'], rows),
  }
}

async function rescore(context: CliContext, studio: Studio, flags: RescoreFlags): Promise<Outcome> {
  if (flags.pack !== undefined && flags.own === true) {
    throw new StudioError('invalidRequest', 'Say --pack or --own, not both.')
  }
  if (flags.own === true) await studio.api.chooseClipPack({ packId: null })
  else if (flags.pack !== undefined) await studio.api.chooseClipPack({ packId: flags.pack })
  else studio.scoring.wake()
  await finish(context, studio)
  const state = studio.scoring.state()
  const clipPacks = await studio.api.listClipPacks()
  const rows = clipPacks.map(({ packId, version, isChosen, scored, waiting }) => [
    scored,
    waiting,
    isChosen ? 'yes' : '',
    `${packId} ${version}`,
  ])
  const failed = state.failed === 0 ? '' : `${state.failed} pictures could not be scored.\n`
  return {
    json: { ...state, packs: clipPacks },
    text: `${formatTable(['scored', 'waiting', 'shown', 'pack'], rows)}${failed}`,
    isGood: state.failed === 0,
  }
}

/** Waits for the background; Ctrl-C stops it where it is, and the next time it goes on from there. */
async function finish(context: CliContext, studio: Studio): Promise<void> {
  const signal = context.interruption()
  const stopListening = studio.subscribe((event) => {
    if (event.type === 'rescoringChanged') context.writeErr(progressOf(event.rescoring))
  })
  signal.addEventListener('abort', () => void studio.scoring.pause(), { once: true })
  await studio.scoring.whenDone()
  stopListening()
  const { error } = studio.scoring.state()
  if (error !== null && !signal.aborted) throw new StudioError('engineDied', `Scoring stopped: ${error}`)
}

function progressOf({ chosen, isRunning, scored, waiting }: RescoringState): string {
  return isRunning && chosen !== null ? `${scored} of ${scored + waiting} scored\n` : ''
}

async function duplicates(context: CliContext, studio: Studio, minSimilarity: number | undefined): Promise<Outcome> {
  const groups: (readonly FoundPicture[])[] = []
  let examined = 0
  for (let cursor: string | null = null; ;) {
    const asked = { cursor, limit: 1000, ...(minSimilarity === undefined ? {} : { minSimilarity }) }
    const page = await studio.api.listDuplicates(asked)
    groups.push(...page.groups)
    examined += page.examined
    cursor = page.nextCursor
    if (cursor === null) break
    context.writeErr(`${examined} pictures looked at, ${groups.length} groups\n`)
  }
  const files = groups.map((group) => group.map((picture) => ({ ...picture, file: studio.pictureFile(picture.id) })))
  const lines = groups.map((group) =>
    group.map(({ id, prompt }, place) => `${place === 0 ? '' : '  = '}${id}  ${shorten(prompt, 60)}\n`).join(''),
  )
  return {
    json: { examined, groups: files },
    text: `${lines.join('')}${examined} pictures looked at, ${groups.length} groups of near-duplicates.\n`,
  }
}

async function damaged({ api }: Studio): Promise<Outcome> {
  const problems = await api.listDamaged()
  const lines = problems.map(({ pictureId, problem }) => `${pictureId}  ${printable(problem)}\n`)
  return {
    json: { problems },
    text: lines.join('') || 'None that is known. Check all of them with: easel library verify\n',
    isGood: problems.length === 0,
  }
}
