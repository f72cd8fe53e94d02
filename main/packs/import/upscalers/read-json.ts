import { parseStrictJson } from '../../strict-json.ts'
import type { ByteSource } from '../readers/byte-source.ts'
import { Refusal } from '../readers/refusal.ts'

/** The JSON document that a source is. @throws Refusal `limit` or `header` */
export function readJson(
  source: ByteSource,
  limits: { readonly maxBytes: number; readonly maxDepth: number },
): unknown {
  if (source.size > limits.maxBytes) throw new Refusal('limit', source.name, `${source.size} bytes of JSON`)
  const bytes = source.read(0, source.size)
  try {
    return parseStrictJson(bytes, { subject: source.name, maxDepth: limits.maxDepth })
  } catch (cause) {
    throw new Refusal('header', source.name, (cause as Error).message, { cause })
  }
}
