/** `node main/packs/unbuild/command.ts PACK_FOLDER MODEL_JSON WEIGHTS_FOLDER`: a weights folder of docs/weights-format.md from a pack, to train it further. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { safetensorsChunks } from '../safetensors/write.ts'
import { parseModelDescription } from '../weights/read-weights.ts'

import { unbuildPack } from './unbuild-pack.ts'

const [pack, modelFile, target, ...rest] = process.argv.slice(2)
if (pack === undefined || modelFile === undefined || target === undefined || rest.length > 0) {
  console.error('Usage: command.ts PACK_FOLDER MODEL_JSON WEIGHTS_FOLDER')
  process.exitCode = 2
} else {
  const model = parseModelDescription(await readFile(modelFile))
  const weights = await unbuildPack(pack, model)
  await mkdir(target, { recursive: true })
  for (const part of ['transformer', 'dvae', 'clip'] as const) {
    const tensors = weights[part]
    if (tensors !== undefined) await writeFile(join(target, `${part}.safetensors`), safetensorsChunks(tensors))
  }
  await writeFile(join(target, 'tokenizer.json'), weights.tokenizer)
  await writeFile(join(target, 'model.json'), `${JSON.stringify(model, null, 2)}\n`)
  console.log(`${model.id} ${model.version}: weights in ${target}`)
}
