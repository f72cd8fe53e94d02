/**
 * `npm run evaluate -- [--quick] [--json] [--write] [--pack DIR] [--data DIR] [--per-set N] [--candidates N] [--sets A,B]
 * [--precision P] [--temperature T] [--guidance G]`: what a pack draws (the starter pack, unless another is named), measured.
 * Draws with the engine that ships, then has Python (Debian's python3-torch) judge the pictures. `--write` renews
 * models/starter/EVALUATION.md and its contact sheets. `--sets` asks those sets of questions only. `--quick` takes fewer prompts,
 * every sixth concept and 16 candidates. `--json` prints the report on one line.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { RgbPicture } from '#app/contract/engine-protocol.ts'
import { packManifestSchema } from '#app/domain/pack.ts'

import { decodeReal, drawAnswers, type DrawOptions } from './draw-answers.ts'
import type { Evaluation } from './evaluation.ts'
import { findLookAlikes } from './look-alikes.ts'
import { readOptions } from './options.ts'
import { answerable, makeQuestions, type KnownPictures, type Question } from './questions.ts'
import { writeReport } from './report.ts'
import { measureSettings } from './settings-effect.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const python = '/usr/bin/python3'

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' },
  })
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed: ${error?.message ?? stderr}`)
  return stdout
}

/** The data set the questions are about: the one that is named, else one kept in models/work, which the first evaluation builds. */
function findData(given: string | undefined, side: number, isQuick: boolean): string {
  if (given !== undefined) return resolve(given)
  const folder = join(root, 'models/work', isQuick ? `evaluation-wide-quick-${side}` : `evaluation-wide-${side}`)
  if (!existsSync(join(folder, 'split.json'))) {
    mkdirSync(dirname(folder), { recursive: true })
    const part = isQuick ? ['--every', '6'] : []
    run(process.execPath, [
      join(root, 'models/dataset/build.ts'),
      '--out',
      folder,
      '--side',
      String(side),
      '--extent',
      'wide',
      ...part,
    ])
  }
  return folder
}

function readKnown(data: string): KnownPictures {
  const [description, split] = ['dataset.json', 'split.json'].map(
    (name) => JSON.parse(readFileSync(join(data, name), 'utf8')) as Partial<KnownPictures> & { side: number },
  )
  const { side = 0, cutouts = [] } = description ?? {}
  const lookAlikes = findLookAlikes(join(data, 'cutouts.rgba'), side, cutouts)
  return { heldOutObjectPairs: [], ...description, ...split, lookAlikes } as KnownPictures
}

function readReal(folder: string, width: number, height: number): RgbPicture[] {
  const bytes = readFileSync(join(folder, 'real.rgb'))
  const size = width * height * 3
  return Array.from({ length: bytes.length / size }, (_, i) => ({
    width,
    height,
    pixels: new Uint8Array(bytes.subarray(i * size, (i + 1) * size)),
  }))
}

async function evaluate(): Promise<void> {
  const asked = readOptions(process.argv.slice(2))
  const { precision, perSet, candidates, settings } = asked
  const folder = resolve(asked.pack)
  const manifest = packManifestSchema.parse(JSON.parse(readFileSync(join(folder, 'pack.json'), 'utf8')))
  const { width, height } = manifest.picture
  const data = findData(asked.data, width, asked.isQuick)
  const out = mkdtempSync(join(tmpdir(), 'easel-evaluate-'))
  try {
    const known = readKnown(data)
    const ask = (count: number): readonly Question[] => {
      const questions = makeQuestions(known, count).filter(({ set }) => asked.sets?.includes(set) ?? true)
      return manifest.words === undefined ? questions : answerable(questions, manifest.words)
    }
    const questions = ask(perSet)
    if (questions.length === 0) throw new Error(`${manifest.name} was not taught what these sets ask about.`)
    const questionFile = join(out, 'questions.json')
    writeFileSync(questionFile, JSON.stringify(questions))
    const chosen = ['--count', asked.isQuick ? '90' : '600', '--questions', questionFile]
    run(python, ['-m', 'models.evaluation.references', '--data', data, '--out', out, ...chosen])
    const options: DrawOptions = { folder, manifest, precision, candidates, settings }
    const report = (line: string): void => {
      console.error(line)
    }
    const evaluateWith = async (
      changed: DrawOptions,
      some: readonly Question[],
      flags: readonly string[] = [],
    ): Promise<Evaluation> => {
      await drawAnswers(changed, some, out, report)
      const text = run(python, ['-m', 'models.evaluation.measure', '--run', out, '--data', data, ...flags])
      return JSON.parse(text) as Evaluation
    }
    await decodeReal(options, readReal(out, width, height), out)
    const sheets = asked.isWriting ? ['--sheets', join(root, 'models/starter/evaluation')] : []
    const evaluation = await evaluateWith(options, questions, sheets)
    if (asked.isWriting) {
      const fewer = ask(Math.min(perSet, 8))
      // Fewer candidates: the best of many hides what a setting does to one.
      const rows = await measureSettings({ ...options, candidates: 4 }, (changed) =>
        evaluateWith(changed, fewer, ['--brief']),
      )
      const about = { manifest, perSet, candidates, precision, rows }
      writeReport(join(root, 'models/starter/EVALUATION.md'), evaluation, about)
    }
    console.log(JSON.stringify(evaluation, null, asked.isJson ? undefined : 1))
  } finally {
    rmSync(out, { recursive: true })
  }
}

await evaluate()
