import { StudioError } from '#app/contract/errors.ts'

/**
 * Every rule a file from a stranger can break. A refusal names one, so that a test, a log or a bug report can tell
 * "refused for the right reason" from "failed by luck".
 */
export const rules = [
  'format-unknown', // no reader claims the first bytes
  'format-unsafe', // a format that cannot be read without running code, or that is too old to check
  'truncated', // a declared range reaches past the end of the file
  'trailing-bytes', // bytes that no parser should have to explain
  'limit', // a count, length or depth above its cap
  'zip-structure', // end record, zip64 record or directory do not fit together
  'zip-disagreement', // local header and central directory tell different stories
  'zip-overlap', // two members share bytes
  'zip-name', // absolute, parent, drive, reserved or malformed member name
  'zip-duplicate', // two members whose names differ at most in case or normal form
  'zip-kind', // symlink, device or other special member
  'zip-method', // a member that must be stored is compressed, or is encrypted
  'checksum', // CRC-32 or sha256 is not the declared one
  'pickle-opcode', // an opcode no checkpoint writer emits
  'pickle-stack', // the program takes more than it put
  'pickle-global', // a name that is not on the list
  'pickle-call', // a call that is not on the list, or with arguments that do not fit
  'pickle-build', // state set on something that has none
  'pickle-persistent', // a persistent id that is not a storage
  'storage-missing', // a tensor points at a storage that is not in the file
  'storage-size', // a storage is not as long as it says
  'tensor-bounds', // shape, stride and offset reach outside the storage
  'tensor-layout', // sparse, quantised, expanded or negative layouts
  'tensor-alias', // overlapping views that unfold to more than the file holds
  'tensor-name', // empty, over-long, duplicate or unprintable tensor name
  'byte-order', // big-endian
  'header', // a structured header that is not what its format prescribes
  'dtype', // an element type outside float16/bfloat16/float32/float64, the integers and bool
  'tar-entry', // links, devices, unsafe names or too many entries in a bundle
  'bomb', // inflates to more than its limit
  'tokenizer-file', // a vocabulary or merge list that does not hold together
  'onnx', // an ONNX file that breaks the rules of packs
  'family-unknown', // the tensors fit no family
  'family-mismatch', // tensors are missing or have the wrong shape for their family
] as const
export type Rule = (typeof rules)[number]

/** A file was refused: which rule, where, and why. Crosses the wire as a `packInvalid`. */
export class Refusal extends StudioError {
  readonly rule: Rule
  readonly place: string
  constructor(rule: Rule, place: string, reason: string, options?: ErrorOptions) {
    super('packInvalid', `${place}: ${reason} (rule ${rule})`, options)
    this.name = 'Refusal'
    this.rule = rule
    this.place = place
  }
}

/** @throws Refusal always. */
export function refuse(rule: Rule, place: string, reason: string): never {
  throw new Refusal(rule, place, reason)
}
