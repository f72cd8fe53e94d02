/**
 * Operators of the graphs that main/packs/graphs writes; a model with any other is refused. None of them holds a sub-graph, reads a file,
 * or makes a large tensor from a small one without an input of that size.
 */
export const allowedOperators: Readonly<Record<string, ReadonlySet<string>>> = {
  '': new Set([
    'Add',
    'ArgMax',
    'Cast',
    'Clip',
    'Concat',
    'Conv',
    'ConvTranspose',
    'DepthToSpace',
    'Equal',
    'Gather',
    'GatherND',
    'Gelu',
    'GreaterOrEqual',
    'Identity',
    'InstanceNormalization',
    'LayerNormalization',
    'Less',
    'LpNormalization',
    'MatMul',
    'MaxPool',
    'Mul',
    'Pad',
    'ReduceSum',
    'Relu',
    'Reshape',
    'Resize',
    'Round',
    'SequenceConstruct',
    'Shape',
    'Sigmoid',
    'SimplifiedLayerNormalization',
    'Slice',
    'Softmax',
    'Split',
    'Sub',
    'Transpose',
    'Unsqueeze',
  ]),
  'com.microsoft': new Set(['Attention', 'GroupQueryAttention', 'MatMulNBits', 'QuickGelu']),
}

/** The operators that may work on weights alone: ONNX Runtime runs such nodes while it loads the model, before any limit of ours. */
export const constantOperators: ReadonlySet<string> = new Set(['Cast', 'Identity'])
