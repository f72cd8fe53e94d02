import { describe, expect, it } from 'vitest'

import { textIds } from '#app/kernels/token-geometry.ts'

import { float32Of } from '../../onnx/tensor.ts'
import { madeWords, minDallEShapes, vqganShapes, type Shapes } from '../testing/made-checkpoints.ts'
import { madeSource } from '../testing/made-source.ts'

import { mapClip } from './clip.ts'
import { mapDalleMini } from './dalle-mini.ts'
import { mapDallePytorch } from './dalle-pytorch.ts'
import { mapMinDallE } from './min-dall-e.ts'
import { mapOpenaiDvae } from './openai-dvae.ts'
import { recogniseParts } from './recognise.ts'
import type { TransformerPart, VaePart } from './mapped-part.ts'
import { mapRudalle } from './rudalle.ts'
import { TensorTable } from './tensor-table.ts'
import { mapVqgan } from './vqgan.ts'

/** What silently gives wrong pictures when it is missed: one test for each. */

const table = (shapes: Shapes, options: Parameters<typeof madeSource>[1] = {}): TensorTable =>
  TensorTable.of(madeSource(shapes, options))

describe('VQGANs of three programs', () => {
  const vqganOf = (shapes: Shapes): unknown => (mapVqgan([table(shapes)])[0] as VaePart).description.vqgan

  it("taming's gives [−1, 1] with 1e-6; min-dalle's [0, 1] with 1e-5; DALL·E Mini's own [0, 1] with 1e-6", () => {
    const { 'quantize.embedding.weight': codebook = [], ...rest } = vqganShapes()
    const flax = Object.fromEntries(
      Object.entries(rest).map(([name, shape]) => [
        name.replace(/\.(up|block)\.(\d)/g, '.$1_$2').replace(/weight$/, shape.length === 4 ? 'kernel' : 'scale'),
        shape.length === 4 ? [shape[2] ?? 1, shape[3] ?? 1, shape[1] ?? 1, shape[0] ?? 1] : shape,
      ]),
    )
    expect([
      vqganOf(vqganShapes()),
      vqganOf({ ...rest, 'embedding.weight': codebook }),
      vqganOf({ ...flax, 'quantize.embedding.embedding': codebook }),
    ]).toEqual([
      { normEps: 1e-6, output: 'signed', hasEncoder: false },
      { normEps: 1e-5, output: 'unit', hasEncoder: false },
      { normEps: 1e-6, output: 'unit', hasEncoder: false },
    ])
  })

  it("ruDALL-E's wavelet decoder is refused by name", () => {
    expect(() => mapVqgan([table({ 'decoder.decoder.conv_in.weight': [1, 1, 3, 3] })])).toThrow('wavelet')
  })
})

describe('DALL·E Mini', () => {
  const width = 64
  const stack = (isDecoder: boolean): Shapes => {
    const shapes: Record<string, readonly number[]> = {
      'embed_tokens.weight': [isDecoder ? 21 : 10, width],
      'embed_positions.weight': [isDecoder ? 4 : 3, width],
      'layernorm_embedding.weight': [width],
      'layernorm_embedding.bias': [width],
      'final_ln.bias': [width],
      'layers.0.glu.ln0.bias': [width],
      'layers.0.glu.ln1.bias': [8],
      'layers.0.glu.fc0.weight': [8, width],
      'layers.0.glu.fc1.weight': [8, width],
      'layers.0.glu.fc2.weight': [width, 8],
    }
    for (const part of isDecoder ? ['self_attn', 'encoder_attn'] : ['self_attn']) {
      shapes[`layers.0.pre_${part}_layer_norm.bias`] = [width]
      for (const kind of ['weight', 'bias']) shapes[`layers.0.${part}_layer_norm.${kind}`] = [width]
      for (const linear of ['q_proj', 'k_proj', 'v_proj', 'out_proj'])
        shapes[`layers.0.${part}.${linear}.weight`] = [width, width]
    }
    return isDecoder ? { ...shapes, 'lm_head.weight': [21, width] } : shapes
  }
  const decoder = table(stack(true))
  const map = (startToken?: number): TransformerPart =>
    mapDalleMini([table(stack(false)), decoder], { startToken })[0] as TransformerPart
  const firstRow = (part: TransformerPart): Float32Array => {
    const tensor = part.plan.toTensors().get('token_embedding.weight')
    return tensor === undefined ? new Float32Array(0) : float32Of(tensor).slice(0, width)
  }
  const row = (index: number): Float32Array =>
    decoder.read('embed_tokens.weight').slice(index * width, (index + 1) * width)

  it('begins with the id behind the codes (16384), not with the last code; 16383 is a choice', () => {
    // 21 rows hold 16 codes, as Mega's 16416 hold 16384.
    expect(map().description.imageVocabulary).toBe(16)
    expect(firstRow(map())).toEqual(row(16))
    expect(firstRow(map(15))).toEqual(row(15))
  })

  it('has norms with a bias only, whose scale is 1', () => {
    const { plan } = map()
    expect([plan.missing, plan.extra]).toEqual([[], []])
    const ones = plan.keys.filter(({ note }) => note === 'it has a bias only').map(({ target }) => target)
    expect(ones).toEqual([
      'text_encoder.final_norm.weight',
      'text_encoder.layers.0.attention_norm.weight',
      'text_encoder.layers.0.mlp_norm.weight',
      'text_encoder.layers.0.mlp.inner_norm.weight',
      'final_norm.weight',
      'layers.0.attention_norm.weight',
      'layers.0.cross_norm.weight',
      'layers.0.mlp_norm.weight',
      'layers.0.mlp.inner_norm.weight',
    ])
    const scale = plan.toTensors().get('layers.0.cross_norm.weight')
    expect(scale && new Set(float32Of(scale))).toEqual(new Set([1]))
  })

  it('reads 64 text ids and loses the end mark of a long caption, as min-dalle does', () => {
    const { description } = map()
    expect(description.textLength).toBe(4)
    const rules = { ...description, length: 4, vocabulary: 10, pad: 'per-position' as const }
    expect(Array.from(textIds([7, 8, 9, 6], rules)).slice(0, 3)).toEqual([0, 7, 8])
    expect(Array.from(textIds([7], rules)).slice(0, 3)).toEqual([0, 7, 2])
  })
})

describe('ruDALL-E', () => {
  const width = 64
  const shapes: Shapes = {
    'text_embeddings.weight': [12, width],
    'image_embeddings.weight': [8, width],
    'text_pos_embeddings.weight': [5, width],
    'image_row_embeddings.weight': [2, width],
    'image_col_embeddings.weight': [2, width],
    'to_logits.1.weight': [20, width],
    'transformer.layers.0.attention.query_key_value.weight': [3 * width, width],
    'transformer.layers.0.mlp.dense_h_to_4h.weight': [4 * width, width],
    'transformer.layers.0.input_layernorm.weight': [width],
    'transformer.layers.1.input_layernorm.weight': [width],
    'transformer.layers.2.input_layernorm.weight': [width],
    'transformer.row_mask': [8, 8],
  }
  const map = (dtype: 'bool' | 'float16', variant?: 'v2' | 'v3'): TransformerPart =>
    mapRudalle([table(shapes, { dtypes: { 'transformer.row_mask': dtype } })], variant)[0] as TransformerPart

  it('v2 has two begin marks, masks one position short and a window that goes round; v3 has none of these', () => {
    const pick = ({ family, description: d }: TransformerPart): unknown => [
      family,
      d.textLength,
      d.bosCount,
      d.attentionTextLength,
      d.attention,
    ]
    expect([map('float16'), map('bool'), map('bool', 'v2')].map(pick)).toEqual([
      ['rudalle-v2', 5, 2, 4, ['row', 'column', 'convolution-wrapped']],
      ['rudalle-v3', 4, undefined, undefined, ['row', 'column', 'convolution-clipped']],
      ['rudalle-v2', 5, 2, 4, ['row', 'column', 'convolution-wrapped']],
    ])
  })

  it("v2's pads move by one position, and a long caption loses its end mark", () => {
    const { plan, description } = map('float16')
    const text = table(shapes).read('text_embeddings.weight')
    const tensor = plan.toTensors().get('token_embedding.weight')
    const embedding = tensor === undefined ? new Float32Array(0) : float32Of(tensor)
    const pad = (values: Float32Array, index: number): number[] =>
      Array.from(values.slice((8 + index) * width, (9 + index) * width))
    for (const position of [1, 2, 3, 4]) expect(pad(embedding, position)).toEqual(pad(text, position - 1))
    const rules = { ...description, length: 5, vocabulary: 8, pad: 'per-position' as const }
    expect(Array.from(textIds([5], rules))).toEqual([2, 2, 5, 3, 12])
    expect(Array.from(textIds([5, 6, 7, 4], rules))).toEqual([2, 2, 5, 6, 7])
  })
})

describe('ruDALL-E and minDALL-E: small differences of their layers', () => {
  const width = 64
  const rudalle: Shapes = {
    'text_embeddings.weight': [12, width],
    'image_embeddings.weight': [8, width],
    'text_pos_embeddings.weight': [5, width],
    'image_row_embeddings.weight': [2, width],
    'image_col_embeddings.weight': [2, width],
    'to_logits.1.weight': [20, width],
    'transformer.layers.0.attention.query_key_value.weight': [3 * width, width],
    'transformer.layers.0.mlp.dense_h_to_4h.weight': [4 * width, width],
    'transformer.layers.0.input_layernorm.weight': [width],
    ...Object.fromEntries(['row', 'col', 'conv'].map((kind) => [`transformer.${kind}_mask`, [8, 8]])),
  }

  it("ruDALL-E's GELU is the approximate one, its branches end in a norm, its head has two, and masks are built, not read", () => {
    const { plan, description } = mapRudalle([table(rudalle)])[0] as TransformerPart
    const targets = plan.keys.map(({ target }) => target)
    expect(description.activation).toBe('gelu_tanh')
    expect(targets).toEqual(
      expect.arrayContaining([
        'layers.0.attention_out_norm.weight',
        'layers.0.mlp_out_norm.weight',
        'head_norm.weight',
      ]),
    )
    const sources = plan.keys.flatMap((key) => key.sources)
    expect([sources.filter((name) => name.includes('mask')), plan.extra]).toEqual([[], []])
  })

  it("ruDALL-E's heads are 128 wide at Malevich's width, 64 at Kandinsky's", () => {
    const headsAt = (wide: number): unknown => {
      const shapes = Object.entries(rudalle).map(([name, shape]): [string, readonly number[]] => [
        name,
        shape.map((size) => (size === width ? wide : size)),
      ])
      const { heads, headDim } = (mapRudalle([table(Object.fromEntries(shapes))])[0] as TransformerPart).description
      return [heads, headDim]
    }
    expect([headsAt(2048), headsAt(3840)]).toEqual([
      [16, 128],
      [60, 64],
    ])
  })

  it('minDALL-E has no mark in front, an exact GELU, no bias in its head, and one pad that is a token like any other', () => {
    const padId = 2
    const { plan, description } = mapMinDallE([table(minDallEShapes())], padId)[0] as TransformerPart
    expect([description.bos, description.eos, description.textLength, description.activation]).toEqual([
      null,
      null,
      6,
      'gelu',
    ])
    expect(plan.keys.map(({ target }) => target)).not.toContain('head.bias')
    const tensor = plan.toTensors().get('token_embedding.weight')
    const embedding = tensor === undefined ? new Float32Array(0) : float32Of(tensor)
    const row = (index: number): number[] => Array.from(embedding.slice(index * width, (index + 1) * width))
    for (const place of [0, 1, 5]) expect(row(madeWords.length + place)).toEqual(row(padId))
  })
})

describe("OpenAI's dVAE", () => {
  it('calls its weights w and b, divides branches by 64, leaves paths out that change nothing, and begins with a table', () => {
    const encoder: Record<string, readonly number[]> = { 'blocks.input.w': [4, 3, 7, 7], 'blocks.input.b': [4] }
    const decoder: Record<string, readonly number[]> = { 'blocks.input.w': [4, 8, 1, 1], 'blocks.input.b': [4] }
    for (const [half, kernels] of [
      [encoder, [3, 3, 3, 1]],
      [decoder, [1, 3, 3, 3]],
    ] as const) {
      for (let group = 1; group <= 4; group++)
        for (const block of [1, 2])
          kernels.forEach((kernel, index) => {
            const name = `blocks.group_${group}.block_${block}.res_path.conv_${index + 1}`
            half[`${name}.w`] = [index === 3 ? 4 : 1, index === 0 ? 4 : 1, kernel, kernel]
            half[`${name}.b`] = [index === 3 ? 4 : 1]
          })
      half['blocks.output.conv.w'] = [half === encoder ? 8 : 6, 4, 1, 1]
      half['blocks.output.conv.b'] = [half === encoder ? 8 : 6]
    }
    const { plan, description } = mapOpenaiDvae([table(encoder), table(decoder)])[0] as VaePart
    const targets = plan.keys.map(({ target }) => target)
    expect([plan.missing, plan.extra, description.gain, description.pixels]).toEqual([[], [], 1 / 64, 'logit-laplace'])
    expect(targets.filter((target) => target.includes('id_path'))).toEqual([])
    expect(plan.toTensors().get('decoder.codebook.weight')?.dims).toEqual([8, 4])
  })
})

describe('DALLE-pytorch', () => {
  const width = 16
  const shapesWith = (forward: string, more: Shapes = {}): Shapes => {
    const shapes: Record<string, readonly number[]> = {
      'text_emb.weight': [10, width],
      'image_emb.weight': [8, width],
      'text_pos_emb.weight': [5, width],
      'image_pos_emb.weights_0': [1, 2, 1, width],
      'image_pos_emb.weights_1': [1, 1, 2, width],
      'to_logits.1.weight': [18, width],
      'transformer.layers.layers.0.0.scale': [1, 1, width],
      'transformer.layers.layers.0.0.fn.norm.weight': [width],
      'transformer.layers.layers.0.0.fn.fn.to_qkv.weight': [3 * 64, width],
      'transformer.layers.layers.0.0.fn.fn.to_out.0.weight': [width, 64],
      'transformer.layers.layers.0.1.scale': [1, 1, width],
      [`transformer.layers.layers.0.1.${forward}.net.0.weight`]: [8 * width, width],
      [`transformer.layers.layers.0.1.${forward}.net.3.weight`]: [width, 4 * width],
      ...more,
    }
    return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`weights.${name}`, shape]))
  }
  const map = (shapes: Shapes, hparams: Record<string, unknown> = {}, version?: string): TransformerPart => {
    const metadata = new Map<string, never>()
    metadata.set('hparams', new Map(Object.entries(hparams)) as never)
    if (version !== undefined) metadata.set('version', version as never)
    return mapDallePytorch([table(shapes, { metadata })])[0] as TransformerPart
  }

  it('is told from its token-shifting versions by the depth of the feed-forward, not of the attention', () => {
    const isShifted = (forward: string): unknown => map(shapesWith(forward)).description.isTokenShifted
    expect(['fn.fn', 'fn.fn.fn', 'fn.fn.fn.fn'].map(isShifted)).toEqual([undefined, true, true])
  })

  it('is refused when it rotates, reverses, shards or uses sparse kernels', () => {
    // A rotary model has no table of text positions that would tell words from pads.
    expect(() => map(shapesWith('fn.fn', { 'transformer.pos_emb': [1, 9, 64] }))).toThrow('text_seq_len')
    expect(() =>
      map(shapesWith('fn.fn', { 'transformer.layers.layers.0.0.fn.fn.attn_fn.master_layout': [1] })),
    ).toThrow('sparse')
    const sharded = table({ 'opt.x': [1] }, { metadata: new Map([['weights', 'To get the weights, …']]) })
    expect(() => mapDallePytorch([sharded])).toThrow('DeepSpeed')
  })

  it('does what `stable` says, and is refused when its pads have no ids of their own', () => {
    const isDivided = (hparams: Record<string, unknown>): unknown =>
      map(shapesWith('fn.fn'), hparams).description.isDividedByMax
    expect([{}, { stable: false }, { stable: true }].map(isDivided)).toEqual([undefined, undefined, true])
    expect(map(shapesWith('fn.fn'), { num_text_tokens: 6 }).description.textVocabulary).toBe(6)
    expect(() => map(shapesWith('fn.fn'), { num_text_tokens: 10 })).toThrow('early 2021')
  })

  it('believes its tensors, not what old hyper-parameters leave out or say', () => {
    // Old files do not have `shift_tokens` and `rotary_emb`, whose class defaults are true.
    for (const hparams of [{}, { shift_tokens: true, rotary_emb: true }]) {
      const { plan, description } = map(shapesWith('fn.fn'), hparams)
      expect([description.isTokenShifted, plan.toTensors().has('rotary.angles')]).toEqual([undefined, false])
    }
  })

  it('has a mark with id 0 in front, pads of their own behind it, and GEGLU with its gate in the second half', () => {
    const { plan, description } = map(shapesWith('fn.fn'))
    expect([description.bos, description.textLength, description.textVocabulary]).toEqual([0, 5, 6])
    const read = (name: string): Float32Array => {
      const found = plan.toTensors().get(name)
      return found === undefined ? new Float32Array(0) : float32Of(found)
    }
    const source = table(shapesWith('fn.fn')).under('weights.')
    const text = source.read('text_emb.weight')
    // Caption position p stands at text position p + 1.
    const row = (values: Float32Array, index: number): number[] =>
      Array.from(values.slice(index * width, (index + 1) * width))
    for (const place of [0, 1, 2, 3])
      expect(row(read('token_embedding.weight'), 6 + 1 + place)).toEqual(row(text, 6 + place))
    const both = source.read('transformer.layers.layers.0.1.fn.fn.net.0.weight')
    expect(Array.from(read('layers.0.mlp.up.weight'))).toEqual(Array.from(both.slice(0, both.length / 2)))
    expect(Array.from(read('layers.0.mlp.gate.weight'))).toEqual(Array.from(both.slice(both.length / 2)))
  })

  it('cycles through its attention types, and looks up and left or around by its age', () => {
    const layers: Shapes = {
      'transformer.layers.layers.1.0.scale': [1],
      'transformer.layers.layers.1.0.fn.fn.to_qkv.weight': [192, 16],
    }
    const second = {
      'transformer.layers.layers.1.1.scale': [1],
      'transformer.layers.layers.1.1.fn.fn.net.3.weight': [16, 64],
    }
    const forward = { 'transformer.layers.layers.1.1.fn.fn.net.0.weight': [128, 16] }
    const shapes = shapesWith('fn.fn', { ...layers, ...second, ...forward })
    const types = { attn_types: ['conv_like', 'axial_col'] }
    expect(map(shapes, types).description.attention).toEqual(['window', 'column'])
    expect(map(shapes, types, '1.6.6').description.attention).toEqual(['quadrant', 'column'])
    expect(() => map(shapes, { attn_types: ['mlp'] })).toThrow('full, axial_row, axial_col and conv_like are')
  })
})

describe('CogView', () => {
  it('is refused by name', () => {
    const shapes = { 'word_embeddings.weight': [4, 2], 'transformer.layers.0.third_layernorm.weight': [2] }
    const checkpoint = { sources: [madeSource(shapes)], sideFiles: [], onnxFiles: [], close: () => Promise.resolve() }
    expect(() => recogniseParts(checkpoint)).toThrow('CogView is not supported')
  })
})

describe('CLIP', () => {
  it('needs its heads said when its width does not tell', () => {
    const shapes: Shapes = {
      'visual.conv1.weight': [48, 3, 8, 8],
      'visual.positional_embedding': [5, 48],
      'token_embedding.weight': [10, 64],
      positional_embedding: [8, 64],
      text_projection: [64, 4],
    }
    expect(() => mapClip([table(shapes)])).toThrow('a tower is 48 wide, and its heads are not known')
  })

  it('with a ResNet is refused by name', () => {
    expect(() => mapClip([table({ 'visual.layer1.0.conv1.weight': [1, 1, 1, 1] })])).toThrow('ResNet')
  })
})
