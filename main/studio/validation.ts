import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'
import { packIdPattern, uuidPattern } from '#app/domain/ids.ts'

/** One thing that is wrong with an input: where, what was given, and what is allowed, each fit for a sentence. */
export interface Problem {
  readonly path: readonly (string | number)[]
  readonly given: unknown
  /** "a whole number from 0 to 65536"; null when the schema's own message is a whole sentence. */
  readonly allowed: string | null
  readonly sentence: string
}

interface JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly oneOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
}

/**
 * Checks an input against its schema.
 * @throws StudioError `invalidRequest` whose message has one sentence per problem, each with the allowed values
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const sentences = findProblems(schema, input, result.error).map((problem) => problem.sentence)
  throw new StudioError('invalidRequest', sentences.join(' '), { cause: result.error })
}

/** @param error what `schema` said of `input`; parsed again when left out */
export function findProblems(schema: z.ZodType, input: unknown, error?: z.ZodError): readonly Problem[] {
  const issues = (error ?? schema.safeParse(input).error)?.issues ?? []
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  return issues.flatMap((issue) => describe(issue, root, input))
}

function describe(issue: z.core.$ZodIssue, root: JsonSchema, input: unknown): readonly Problem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  const schema = descend(root, path)
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema?.properties ?? {})
    return issue.keys.map((key) => {
      const sentence = `There is no "${key}"; known are ${known.join(', ')}.`
      return {
        path: [...path, key],
        given: read(input, [...path, key]),
        allowed: `one of ${known.join(', ')}`,
        sentence,
      }
    })
  }
  const given = read(input, path)
  // A message that the schema's author wrote ends like a sentence; zod's own never do.
  if (issue.message.endsWith('.')) return [{ path, given, allowed: null, sentence: issue.message }]
  const allowed = schema === undefined ? issue.message : describeAllowed(schema)
  const wrong = given === undefined ? 'is missing' : `is ${show(given)}`
  return [{ path, given, allowed, sentence: `${capitalise(name(path))} ${wrong}; allowed is ${allowed}.` }]
}

/** What a schema lets in, as the object of a sentence. */
function describeAllowed(schema: JsonSchema): string {
  if (schema.const !== undefined) return show(schema.const)
  if (schema.enum !== undefined) return `one of ${schema.enum.map(show).join(', ')}`
  const choices = schema.oneOf ?? schema.anyOf
  if (choices !== undefined) return choices.map(describeAllowed).join(' or ')
  switch (schema.type) {
    case 'integer':
    case 'number':
      return describeNumber(schema)
    case 'string':
      return describeText(schema)
    case 'array':
      return schema.maxItems === undefined ? 'a list' : `a list of at most ${schema.maxItems} values`
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'nothing'
    case 'object':
      return `an object with ${Object.keys(schema.properties ?? {}).join(', ')}`
    default:
      return 'something else'
  }
}

function describeNumber(schema: JsonSchema): string {
  const what = schema.type === 'integer' ? 'a whole number' : 'a number'
  const from = schema.exclusiveMinimum === undefined ? `from ${schema.minimum}` : `above ${schema.exclusiveMinimum}`
  if (schema.minimum === undefined && schema.exclusiveMinimum === undefined) return what
  if (schema.maximum !== undefined) {
    return schema.exclusiveMinimum === undefined
      ? `${what} ${from} to ${schema.maximum}`
      : `${what} ${from} and up to ${schema.maximum}`
  }
  return `${what} ${from}`
}

/** Nobody should have to read a regular expression. */
const patternNames = new Map([
  [uuidPattern.source, 'a lower-case UUID'],
  [packIdPattern.source, 'a name of small letters, digits, dots, dashes and underscores'],
])

function describeText(schema: JsonSchema): string {
  if (schema.pattern !== undefined) return patternNames.get(schema.pattern) ?? `text of the form ${schema.pattern}`
  if (schema.minLength !== undefined && schema.maxLength !== undefined) {
    return `text of ${schema.minLength} to ${schema.maxLength} characters`
  }
  return schema.maxLength === undefined ? 'text' : `text of at most ${schema.maxLength} characters`
}

/** The schema of the value at `path`; of a union, the branch that knows the next part. */
function descend(schema: JsonSchema | undefined, path: readonly (string | number)[]): JsonSchema | undefined {
  const [part, ...rest] = path
  if (schema === undefined || part === undefined) return schema
  if (typeof part === 'number') return descend(schema.items, rest)
  const branches = schema.oneOf ?? schema.anyOf ?? [schema]
  const next = branches.map((branch) => branch.properties?.[part]).filter((child) => child !== undefined)
  return descend(next.length > 1 ? { oneOf: next } : next[0], rest)
}

function read(input: unknown, path: readonly (string | number)[]): unknown {
  let value = input
  for (const part of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
  return value
}

/** `settings.topK` → "top-k"; the user's words for what the request calls by its field. */
const words: Readonly<Record<string, string>> = {
  packId: 'pack',
  candidates: 'number of candidates',
  topK: 'top-k',
  topP: 'top-p',
  guidanceScale: 'guidance scale',
  pictureId: 'picture id',
  generationId: 'generation id',
  imagePrompt: 'image prompt',
}

function name(path: readonly (string | number)[]): string {
  const last = path.findLast((part) => typeof part === 'string')
  return last === undefined ? 'the request' : `the ${words[last] ?? last}`
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? typeof value)
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length} characters)` : text
}
