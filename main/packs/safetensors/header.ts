import { z } from 'zod'

import { StudioError } from '#app/contract/errors.ts'

import { parseStrictJson } from '../strict-json.ts'

/** Bits of one element of each type that the format names and Easel reads. */
const elementBits = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
} as const
export type SafetensorsType = keyof typeof elementBits

export interface TensorEntry {
  readonly name: string
  readonly type: SafetensorsType
  readonly dims: readonly number[]
  /** Position of the first byte in the file. */
  readonly begin: number
  /** Position after the last byte. */
  readonly end: number
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>
  readonly metadata: ReadonlyMap<string, string>
}

const maxHeaderBytes = 100_000_000
const maxTensors = 100_000
const maxNameBytes = 512
const maxRank = 8

const entrySchema = z.strictObject({
  dtype: z.enum(Object.keys(elementBits) as [SafetensorsType, ...SafetensorsType[]]),
  shape: z.array(z.number().int().min(0)).max(maxRank),
  data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
})
const metadataSchema = z.record(z.string(), z.string())

/**
 * Length in bytes of the JSON header, from the first 8 bytes of a file of `fileBytes`.
 * Throws `packInvalid` when the header cannot lie inside the file or passes its cap.
 */
export function headerBytes(prefix: Uint8Array, fileBytes: number, subject: string): number {
  if (prefix.byteLength < 8 || fileBytes < 8) throw invalid(subject, 'shorter than the 8 bytes of the header length')
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true)
  // A header describes data: half of the file (and a margin for small ones) is beyond any honest file.
  const cap = Math.min(maxHeaderBytes, Math.floor(fileBytes / 2) + 2 ** 20)
  if (length > BigInt(cap)) throw invalid(subject, `a header of ${length} bytes, where at most ${cap} are allowed`)
  if (length > BigInt(fileBytes - 8)) throw invalid(subject, 'the header reaches past the end of the file')
  return Number(length)
}

/**
 * Checks a safetensors header by the rules of the reference reader and the tighter ones of our own limits: one JSON object, tensors
 * contiguous from the first data byte to the last byte of the file, sizes that match type and shape. Throws `packInvalid`.
 */
export function parseHeader(json: Uint8Array, fileBytes: number, subject: string): SafetensorsHeader {
  if (json[0] !== 0x7b) throw invalid(subject, 'the header does not start with "{"')
  const parsed = parseStrictJson(json, { subject, maxDepth: 4 })
  const entries: TensorEntry[] = []
  let metadata = new Map<string, string>()
  const dataBegin = 8 + json.byteLength
  for (const [name, value] of Object.entries(parsed as object)) {
    if (name === '__metadata__') metadata = new Map(Object.entries(checked(metadataSchema, value, name, subject)))
    else entries.push(toEntry(name, checked(entrySchema, value, name, subject), dataBegin, subject))
  }
  if (entries.length > maxTensors) throw invalid(subject, `more than ${maxTensors} tensors`)
  checkContiguous(entries, dataBegin, fileBytes, subject)
  return { entries: new Map(entries.map((entry) => [entry.name, entry])), metadata }
}

function toEntry(name: string, raw: z.infer<typeof entrySchema>, dataBegin: number, subject: string): TensorEntry {
  if (Buffer.byteLength(name) > maxNameBytes) throw invalid(subject, `a name longer than ${maxNameBytes} bytes`)
  const [begin, end] = raw.data_offsets
  const bytes = BigInt(elementBits[raw.dtype] / 8) * raw.shape.reduce((product, dim) => product * BigInt(dim), 1n)
  if (bytes !== BigInt(end) - BigInt(begin)) {
    throw invalid(subject, `${name}: ${end - begin} bytes for ${raw.dtype} of shape [${raw.shape}]`)
  }
  return { name, type: raw.dtype, dims: raw.shape, begin: dataBegin + begin, end: dataBegin + end }
}

function checkContiguous(entries: TensorEntry[], dataBegin: number, fileBytes: number, subject: string): void {
  let expected = dataBegin
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) throw invalid(subject, `${name}: a hole or an overlap before it`)
    expected = end
  }
  if (expected !== fileBytes) throw invalid(subject, `the tensors end at byte ${expected}, the file at ${fileBytes}`)
}

function checked<T>(schema: z.ZodType<T>, value: unknown, name: string, subject: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(subject, `${name}: ${z.prettifyError(result.error)}`)
}

function invalid(subject: string, rule: string): StudioError {
  return new StudioError('packInvalid', `${subject}: ${rule}.`)
}
