import type { Dtype } from './dtype.ts'

/** `torch.XStorage` → its element type. */
export const storageDtypes: ReadonlyMap<string, Dtype> = new Map([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
])

/** Functions the machine knows the meaning of; it does their work itself. */
export const knownCalls: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_parameter',
  'collections.OrderedDict',
  'collections.defaultdict',
  'torch.Size',
  'torch.device',
  '_codecs.encode',
  'builtins.set',
  '__builtin__.set',
  'builtins.frozenset',
  // TorchScript tags its lists with their type.
  'torch.jit._pickle.build_intlist',
  'torch.jit._pickle.build_doublelist',
  'torch.jit._pickle.build_boollist',
  'torch.jit._pickle.build_tensorlist',
  'torch.jit._pickle.restore_type_tag',
])

/** Names that may be mentioned, and whose instances are kept as inert labels with a state. */
const inertNames: ReadonlySet<string> = new Set([
  ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map(
    (name) => `torch.${name}`,
  ),
  'torch.contiguous_format',
  'torch.preserve_format',
  'torch.nn.parameter.Parameter',
  ...['int', 'float', 'str', 'list', 'dict', 'tuple', 'bool', 'bytes', 'object', 'complex'].flatMap((name) => [
    `builtins.${name}`,
    `__builtin__.${name}`,
  ]),
  ...['numpy.core.multiarray', 'numpy._core.multiarray'].flatMap((module) => [
    `${module}.scalar`,
    `${module}._reconstruct`,
  ]),
  'numpy.dtype',
  'numpy.ndarray',
  'argparse.Namespace',
  'pathlib.PosixPath',
  'pathlib.WindowsPath',
  'typing.Any',
])
/** Packages of model code: their classes are labels only. */
const inertPackages = [
  '__torch__.',
  'dall_e.',
  'dalle.',
  'dalle_pytorch.',
  'taming.',
  'rudalle.',
  'clip.model.',
  'torch.nn.modules.',
  'pytorch_lightning.',
  'omegaconf.',
]

export function isInertName(path: string): boolean {
  return inertNames.has(path) || inertPackages.some((prefix) => path.startsWith(prefix))
}
