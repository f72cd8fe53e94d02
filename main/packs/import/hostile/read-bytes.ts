import { bytesSource } from '../readers/byte-source.ts'
import { detectFormat } from '../readers/format.ts'
import { readOnnx, readTensors } from '../readers/open-checkpoint.ts'
import { Refusal, type Rule } from '../readers/refusal.ts'
import { readTokenizerFile } from '../readers/tokenizer-files.ts'

/** Reads a whole file from memory as an import does. Anything but a `Refusal` passes through: that would be a bug of the reader. */
export function readBytes(bytes: Uint8Array): Rule | 'accepted' {
  try {
    const source = bytesSource('fuzz', bytes)
    const format = detectFormat(source)
    if (format === 'json' || format === 'text') {
      readTokenizerFile({ name: 'fuzz', kind: format, bytes })
      return 'accepted'
    }
    const tensors = format === 'onnx' ? readOnnx(source) : readTensors(source)
    for (const name of tensors?.tensors.keys() ?? []) tensors?.readFloat32(name)
    return 'accepted'
  } catch (error) {
    if (error instanceof Refusal) return error.rule
    throw error
  }
}
