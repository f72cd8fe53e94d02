import type { Origin } from '#app/domain/organising.ts'

import { parseJson } from '../png/safe-json.ts'

/** What another program wrote about a picture, as far as Easel has a place for it. */
export interface ForeignPicture {
  readonly origin: Origin
  readonly prompt: string | undefined
  readonly seed: number | undefined
  readonly guidanceScale: number | undefined
  /** Name of the model, or its hash. */
  readonly model: string | undefined
  /** The text itself, kept word for word. */
  readonly text: string
}

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const asObject = (value: unknown): Fields => (isObject(value) ? value : {})
const asText = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined)
const asNumber = (value: unknown) => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/**
 * Undefined when the texts of a PNG are of no program that is known. A text that is malformed counts as not there.
 * @param texts keyword → text, as `readPngTexts` answers them.
 */
export function readForeignMetadata(texts: ReadonlyMap<string, string>): ForeignPicture | undefined {
  const readers: readonly (readonly [keyword: string, read: (text: string) => ForeignPicture | undefined])[] = [
    ['parameters', readAutomatic1111],
    ['invokeai_metadata', readInvokeAi],
    ['sd-metadata', readOldInvokeAi],
    ['prompt', readComfyUi],
  ]
  for (const [keyword, read] of readers) {
    const text = texts.get(keyword)
    if (text === undefined) continue
    try {
      const found = read(text)
      if (found !== undefined) return found
    } catch {
      // Not what that program writes: the next may fit.
    }
  }
  return undefined
}

/**
 * `parameters` of AUTOMATIC1111 and Forge: the prompt, a line `Negative prompt: …`, and a last line of
 * `Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, …`.
 */
function readAutomatic1111(text: string): ForeignPicture | undefined {
  const lines = text.split('\n')
  const settingsAt = lines.findLastIndex((line) => /^Steps: \d+/.test(line))
  const negativeAt = lines.findIndex((line) => line.startsWith('Negative prompt:'))
  const ends = [settingsAt, negativeAt].filter((at) => at >= 0)
  const prompt = asText(lines.slice(0, ends.length > 0 ? Math.min(...ends) : lines.length).join('\n'))
  const settings = new Map<string, string>()
  for (const part of (lines[settingsAt] ?? '').matchAll(
    /([A-Za-z][A-Za-z0-9 /]*): ("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)/g,
  )) {
    settings.set(part[1]!.trim(), part[2]!.trim())
  }
  return {
    origin: 'automatic1111',
    prompt,
    seed: asNumber(settings.get('Seed')),
    guidanceScale: asNumber(settings.get('CFG scale')),
    model: settings.get('Model') ?? settings.get('Model hash'),
    text,
  }
}

/** `invokeai_metadata` of InvokeAI 3 and later. */
function readInvokeAi(text: string): ForeignPicture | undefined {
  const fields = asObject(parseJson(text))
  const model = asObject(fields['model'])
  return {
    origin: 'invokeai',
    prompt: asText(fields['positive_prompt']),
    seed: asNumber(fields['seed']),
    guidanceScale: asNumber(fields['cfg_scale']),
    model: asText(model['name']) ?? asText(model['model_name']) ?? asText(model['hash']),
    text,
  }
}

/** `sd-metadata` of InvokeAI 2. */
function readOldInvokeAi(text: string): ForeignPicture | undefined {
  const fields = asObject(parseJson(text))
  const image = asObject(fields['image'])
  const prompts = Array.isArray(image['prompt']) ? image['prompt'] : [image['prompt']]
  return {
    origin: 'invokeai',
    prompt: asText(prompts.map((part) => asText(part) ?? asText(asObject(part)['prompt'])).join(' ')),
    seed: asNumber(image['seed']),
    guidanceScale: asNumber(image['cfg_scale']),
    model: asText(fields['model_weights']) ?? asText(fields['model']),
    text,
  }
}

/** `prompt` of ComfyUI: the graph that ran, by node id. The sampler names its texts by links `[node id, output]`. */
function readComfyUi(text: string): ForeignPicture | undefined {
  const graph = asObject(parseJson(text))
  const nodes = Object.values(graph).map(asObject)
  const inputsOf = (node: unknown) => asObject(asObject(node)['inputs'])
  const sampler = nodes.find((node) => asText(node['class_type'])?.includes('Sampler') && 'positive' in inputsOf(node))
  const inputs = inputsOf(sampler)
  const loader = nodes.find((node) => 'ckpt_name' in inputsOf(node) || 'unet_name' in inputsOf(node))
  if (sampler === undefined && loader === undefined) return undefined
  return {
    origin: 'comfyui',
    prompt: followText(graph, inputs['positive']),
    seed: asNumber(follow(graph, inputs['seed'] ?? inputs['noise_seed'])),
    guidanceScale: asNumber(follow(graph, inputs['cfg'])),
    model: asText(inputsOf(loader)['ckpt_name']) ?? asText(inputsOf(loader)['unet_name']),
    text,
  }
}

const longestChain = 16

/** The value itself, or that of the node a link leads to. */
function follow(graph: Fields, value: unknown): unknown {
  for (let step = 0; step < longestChain && Array.isArray(value); step++) {
    const inputs = asObject(asObject(graph[String(value[0])])['inputs'])
    value = inputs['value'] ?? inputs['seed'] ?? inputs['noise_seed'] ?? inputs['text']
  }
  return value
}

/** Text of the first encoder up the chain of conditionings. */
function followText(graph: Fields, link: unknown): string | undefined {
  let at = link
  for (let step = 0; step < longestChain && Array.isArray(at); step++) {
    const inputs = asObject(asObject(graph[String(at[0])])['inputs'])
    const text = inputs['text'] ?? inputs['text_g'] ?? inputs['prompt'] ?? inputs['string']
    if (typeof text === 'string') return asText(text)
    at = text ?? inputs['conditioning'] ?? inputs['conditioning_1'] ?? inputs['positive']
  }
  return undefined
}
