import { Command, Option } from 'commander'

import { securityParts, type Figures, type PartName } from './parts.ts'

// npm run security [-- --quick] [-- --json] [-- --only PART] [-- --seed N]

interface Options {
  readonly quick: boolean
  readonly json: boolean
  readonly only?: PartName
  readonly seed: number
}

const names = Object.keys(securityParts) as PartName[]
const options = new Command('security')
  .description('Tries the locks of both shells.')
  .option('--quick', 'fewer random inputs, fewer strings, no mutants', false)
  .option('--json', 'print one JSON object', false)
  .addOption(new Option('--only <part>', 'one part alone').choices(names))
  .option('--seed <number>', 'seed of the random inputs', Number, Date.now() % 2 ** 31)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>()

const figures: Record<string, unknown> = {}
const problems: string[] = []
for (const name of names.filter((part) => options.only === undefined || options.only === part)) {
  if (!options.json) process.stderr.write(`${name} …\n`)
  const part = await securityParts[name]({ isQuick: options.quick, seed: options.seed })
  Object.assign(figures, part.figures satisfies Partial<Figures>)
  problems.push(...part.problems)
}
if (options.json) process.stdout.write(`${JSON.stringify({ ...figures, problems })}\n`)
else process.stdout.write(describe())
process.exitCode = problems.length === 0 ? 0 : 1

function describe(): string {
  const lines = Object.entries(figures).map(([name, value]) => `${name.padEnd(24)}${text(value)}`)
  return [...lines, ...(problems.length > 0 ? problems.map((problem) => `  ${problem}`) : ['no problems'])]
    .map((line) => `${line}\n`)
    .join('')
}

function text(value: unknown): string {
  return value === null ? 'not tried' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}
