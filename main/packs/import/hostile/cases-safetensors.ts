import type { HostileCase } from './hostile-case.ts'

function safetensors(header: string, data: Uint8Array, length?: bigint): Buffer {
  const json = Buffer.from(header)
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(length ?? BigInt(json.length))
  return Buffer.concat([prefix, json, data])
}

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly number[]
}
const entry = (dtype: string, shape: number[], ...data_offsets: number[]): Entry => ({ dtype, shape, data_offsets })

function headerCase(
  name: string,
  header: string | Readonly<Record<string, unknown>>,
  options: { rule?: HostileCase['rule']; bytes?: number; length?: bigint; sparseBytes?: number } = {},
): HostileCase {
  const json = typeof header === 'string' ? header : JSON.stringify(header)
  return {
    name: `safetensors: ${name}`,
    fileName: 'model.safetensors',
    rule: options.rule ?? 'header',
    bytes: () => safetensors(json, Buffer.alloc(options.bytes ?? 16), options.length),
    sparseBytes: options.sparseBytes,
  }
}

const good = entry('F32', [4], 0, 16)

export const safetensorsCases: readonly HostileCase[] = [
  headerCase('a header longer than the file', { a: good }, { length: 2n ** 16n }),
  headerCase(
    'a header of 50 MB in a file of 10 GB',
    { a: good },
    {
      rule: 'limit',
      length: 50_000_000n,
      sparseBytes: 10 * 2 ** 30,
    },
  ),
  headerCase('a hole in front', { a: entry('F32', [4], 4, 20) }, { bytes: 20 }),
  headerCase('a hole between tensors', { a: good, b: entry('F32', [1], 20, 24) }, { bytes: 24 }),
  headerCase('tensors that overlap', { a: good, b: entry('F32', [4], 0, 16) }),
  headerCase('tensors that overlap partly', { a: good, b: entry('F32', [4], 8, 24) }, { bytes: 24 }),
  headerCase('bytes after the last tensor', { a: good }, { bytes: 40 }),
  headerCase('a tensor past the end', { a: entry('F32', [400], 0, 1600) }),
  headerCase('10 GB declared in 100 bytes', { a: entry('F32', [2.5e9], 0, 1e10) }),
  headerCase('offsets in the wrong order', { a: entry('F32', [4], 16, 0) }),
  headerCase('negative offsets', { a: entry('F32', [4], -16, 0) }),
  headerCase('a negative size', { a: entry('F32', [-4], 0, 16) }),
  headerCase('a fractional size', { a: entry('F32', [3.5], 0, 16) }),
  headerCase('a shape that overflows', { a: entry('F32', [2 ** 40, 2 ** 40], 0, 16) }),
  headerCase('sizes past 2^53', `{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,16]}}`),
  headerCase('a size that is not its shape', { a: entry('F32', [3], 0, 16) }),
  headerCase('rank 40', { a: entry('F32', [...Array<number>(39).fill(1), 4], 0, 16) }),
  headerCase('an unknown type', { a: entry('F31', [4], 0, 16) }),
  headerCase('an unsigned type that no model uses', { a: entry('U16', [8], 0, 16) }, { rule: 'dtype' }),
  headerCase('a key twice', `{"a":${JSON.stringify(good)},"a":${JSON.stringify(good)}}`),
  headerCase('an extra field', { a: { ...good, sparse: true } }),
  headerCase('a missing field', { a: { dtype: 'F32', shape: [4] } }),
  headerCase('metadata that is no text', { __metadata__: { n: 1 }, a: good }),
  headerCase('metadata that nests', { __metadata__: { n: { m: '1' } }, a: good }),
  headerCase('nesting of 10 000', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
  headerCase('an array at the root', '{"a":1}'.replace('{', '[').replace('}', ']'), { rule: 'format-unknown' }),
  headerCase('cut JSON', '{"a":{"dtype":"F32"'),
  headerCase('a name of 600 characters', { ['a'.repeat(600)]: good }),
  headerCase('an unprintable name', { 'a\u001bb': good }, { rule: 'tensor-name' }),
  headerCase('a tensor called __proto__', `{"__proto__":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}`),
]
