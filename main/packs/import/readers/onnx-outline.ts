import { StudioError } from '#app/contract/errors.ts'

import { checkModel } from '../../validate/onnx/check-model.ts'
import { modelGrammar } from '../../validate/onnx/grammar.ts'
import { MessageReader } from '../../validate/onnx/message-reader.ts'
import { toOutline } from '../../validate/onnx/model.ts'

import type { ByteSource } from './byte-source.ts'
import { Refusal } from './refusal.ts'

const pieceBytes = 2 ** 20

/**
 * Checks an ONNX file piece by piece by the rules of packs (main/packs/validate): no sub-graphs, functions, external or
 * sparse tensors, known operators only, weights as long as they say.
 * @throws Refusal `onnx`
 */
export function checkOnnx(source: ByteSource): void {
  try {
    const reader = new MessageReader(source.name, modelGrammar, source.size)
    for (let at = 0; at < source.size; at += pieceBytes)
      reader.push(source.read(at, Math.min(pieceBytes, source.size - at)))
    checkModel(source.name, toOutline(source.name, reader.finish()))
  } catch (error) {
    if (error instanceof StudioError && error.code === 'packInvalid')
      throw new Refusal('onnx', source.name, error.message, { cause: error })
    throw error
  }
}
