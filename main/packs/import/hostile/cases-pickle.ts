import type { HostileCase } from './hostile-case.ts'
import {
  build,
  bytesOf,
  call,
  dictOf,
  emptyDict,
  emptyList,
  emptyTuple,
  get,
  global,
  integer,
  mark,
  newObject,
  none,
  persistent,
  program,
  put,
  reduce,
  setItem,
  stop,
  tensorCode,
  text,
  tupleOf,
  uint32,
  type PickleCode,
} from './pickle-maker.ts'
import { makeZip, torchMembers } from './zip-maker.ts'

const four = Buffer.alloc(16)

/** A zip checkpoint around a pickle program. */
export function torchFile(pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = { 0: four }): Buffer {
  return makeZip(torchMembers(pickle, storages))
}

function zipCase(name: string, rule: HostileCase['rule'], pickle: () => Uint8Array): HostileCase {
  return { name: `pickle: ${name}`, fileName: 'model.pt', rule, bytes: () => torchFile(pickle()) }
}

const withTensor = (extra: PickleCode): Buffer => program(dictOf({ weight: tensorCode(), extra }))

/** Calls that have been used to run code through a pickle, among them the ways round published scanners. */
const callables = [
  'os system',
  'posix system',
  'nt system',
  'os popen',
  'os execv',
  'subprocess Popen',
  'subprocess check_output',
  'builtins eval',
  'builtins exec',
  'builtins compile',
  'builtins __import__',
  'builtins getattr',
  'builtins open',
  '__builtin__ eval',
  '__builtin__ apply',
  'runpy _run_code',
  'runpy run_path',
  'importlib import_module',
  'pty spawn',
  'pip main',
  'pip._internal main',
  'ssl get_server_certificate',
  'socket create_connection',
  'webbrowser open',
  'shutil rmtree',
  'pickle loads',
  '_pickle loads',
  'marshal loads',
  'types FunctionType',
  'code InteractiveInterpreter',
  'asyncio.unix_events _UnixSubprocessTransport',
  'timeit timeit',
  'cProfile runctx',
  'pdb run',
  'doctest debug_script',
  'idlelib.pyshell ModifiedInterpreter',
  'ctypes CDLL',
  'functools partial',
  'operator methodcaller',
  'operator attrgetter',
  'numpy.testing._private.utils runstring',
  'numpy.f2py.crackfortran getlincoef',
  'torch load',
  'torch.hub load',
  'torch.storage _load_from_bytes',
  'torch.utils.cpp_extension load_inline',
  'torch.utils._config_module load_config',
  'torch.jit.unsupported_tensor_ops execWrapper',
  'torch.serialization load',
  'torch.package PackageImporter',
  'torch._inductor.codecache compile_file',
  'copyreg _reconstructor',
] as const

const payload = 'touch ../../escaped'

const codeCases: HostileCase[] = callables.map((callable) => {
  const [module = '', name = ''] = callable.split(' ')
  return zipCase(`calls ${module}.${name}`, 'pickle-global', () => withTensor(call(module, name, text(payload))))
})

/** Tensor kinds the weights-only loader of torch accepts and has been broken through. */
const rebuildCases: HostileCase[] = [
  '_rebuild_sparse_tensor',
  '_rebuild_sparse_csr_tensor',
  '_rebuild_qtensor',
  '_rebuild_device_tensor_from_numpy',
  '_rebuild_meta_tensor_no_storage',
  '_rebuild_wrapper_subclass',
  '_rebuild_nested_tensor',
  '_rebuild_parameter_with_state',
].map((name) =>
  zipCase(`rebuilds with ${name}`, 'pickle-global', () => withTensor(call('torch._utils', name, text('x')))),
)

const machineCases: HostileCase[] = [
  zipCase('STACK_GLOBAL of os.system', 'pickle-global', () =>
    withTensor(Buffer.concat([text('os'), text('system'), bytesOf(0x93), tupleOf(text(payload)), reduce])),
  ),
  zipCase('a name with a newline trick', 'pickle-global', () => withTensor(global('os ', 'system'))),
  zipCase('a dotted way out of an allowed module', 'pickle-global', () =>
    withTensor(call('torch._utils', '_rebuild_tensor_v2.__globals__.get', text('os'))),
  ),
  zipCase('an allowed name in another case', 'pickle-global', () => withTensor(call('Collections', 'OrderedDict'))),
  zipCase('INST', 'pickle-opcode', () => program(mark, text(payload), bytesOf(0x69), Buffer.from('os\nsystem\n'))),
  zipCase('OBJ', 'pickle-opcode', () => program(mark, global('builtins', 'dict'), text(payload), bytesOf(0x6f))),
  zipCase('EXT1', 'pickle-opcode', () => program(bytesOf(0x82, 1))),
  zipCase('EXT4', 'pickle-opcode', () => program(bytesOf(0x84), uint32(1))),
  zipCase('text integers of protocol 0', 'pickle-opcode', () => program(Buffer.from('I1\n'))),
  zipCase('text persistent id', 'pickle-opcode', () => program(Buffer.from('P0\n'))),
  zipCase('out-of-band buffers', 'pickle-opcode', () => program(bytesOf(0x97))),
  zipCase('protocol 0', 'pickle-opcode', () => Buffer.from("cos\nsystem\n(S'true'\ntR.")),
  zipCase('protocol 6', 'pickle-opcode', () => Buffer.concat([bytesOf(0x80, 6), none, stop])),
  zipCase('a second protocol number inside', 'pickle-opcode', () => program(bytesOf(0x80, 2), none)),
  zipCase('no STOP', 'truncated', () => Buffer.concat([bytesOf(0x80, 2), emptyDict])),
  zipCase('bytes after STOP', 'trailing-bytes', () =>
    Buffer.concat([withTensor(none), program(call('os', 'system', text(payload)))]),
  ),
  zipCase('an empty stack', 'pickle-stack', () => program()),
  zipCase('values left on the stack', 'pickle-stack', () => program(none, none)),
  zipCase('a get without a put', 'pickle-stack', () => program(get(7))),
  zipCase('TUPLE without a mark', 'pickle-stack', () => program(none, bytesOf(0x74))),
  zipCase('a mark as a value', 'pickle-stack', () => program(mark)),
  zipCase('APPEND to a dict', 'pickle-stack', () => program(emptyDict, none, bytesOf(0x61))),
  zipCase('SETITEM on a list', 'pickle-stack', () => program(emptyList, none, none, setItem)),
  zipCase('a call of text', 'pickle-call', () => program(text('os.system'), emptyTuple, reduce)),
  zipCase('a call of what a call returned', 'pickle-call', () =>
    program(call('collections', 'OrderedDict'), emptyTuple, reduce),
  ),
  zipCase('a storage called', 'pickle-call', () => withTensor(call('torch', 'FloatStorage', integer(2 ** 30)))),
  zipCase('a new object of a function', 'pickle-call', () =>
    withTensor(Buffer.concat([global('torch._utils', '_rebuild_tensor_v2'), emptyTuple, newObject])),
  ),
  zipCase('a parameter of text', 'pickle-call', () =>
    withTensor(call('torch._utils', '_rebuild_parameter', text('x'), none, none)),
  ),
  zipCase('_codecs.encode with another codec', 'pickle-call', () =>
    withTensor(call('_codecs', 'encode', text('x'), text('idna'))),
  ),
  zipCase('state set on a tensor', 'pickle-build', () =>
    withTensor(Buffer.concat([tensorCode(), dictOf({ __setstate__: text('x') }), build])),
  ),
  zipCase('state set on a list', 'pickle-build', () => withTensor(Buffer.concat([emptyList, emptyDict, build]))),
  zipCase('a persistent id that is text', 'pickle-persistent', () => program(text('0'), persistent)),
  zipCase('a persistent id of a file', 'pickle-persistent', () =>
    program(tupleOf(text('file'), text('/etc/passwd')), persistent),
  ),
  zipCase('a storage key with a path', 'pickle-persistent', () =>
    program(dictOf({ weight: tensorCode({ key: '../data.pkl' }) })),
  ),
  zipCase('a negative storage size', 'pickle-persistent', () => program(dictOf({ weight: tensorCode({ count: -4 }) }))),
  zipCase('a storage type that is no storage', 'dtype', () =>
    program(dictOf({ weight: tensorCode({ storageType: 'Size' }) })),
  ),
  zipCase('complex numbers', 'pickle-global', () =>
    program(dictOf({ weight: tensorCode({ storageType: 'ComplexFloatStorage' }) })),
  ),
  zipCase('a string that is not there', 'limit', () => program(bytesOf(0x58), uint32(0xfffffff0))),
  zipCase('an 8-byte length', 'limit', () => program(bytesOf(0x8d, 255, 255, 255, 255, 255, 255, 255, 127))),
  zipCase('a huge integer', 'limit', () => program(bytesOf(0x8a, 255), Buffer.alloc(255))),
  zipCase('a memo index of four billion', 'limit', () => program(none, bytesOf(0x72), uint32(0xffffffff))),
  zipCase('a deep stack', 'limit', () => program(Buffer.alloc(200_000, mark))),
  zipCase('a million objects', 'limit', () =>
    program(Buffer.alloc(800_000, Buffer.concat([emptyList, bytesOf(0x30)]))),
  ),
  zipCase('a million opcodes', 'limit', () => program(Buffer.alloc(2_100_000, bytesOf(0x4e, 0x30)))),
  zipCase('a long memo', 'limit', () => program(none, Buffer.alloc(250_000, bytesOf(0x94)))),
  zipCase('doubling lists (a billion laughs)', 'limit', () => {
    const pop = bytesOf(0x30)
    const doubled = (i: number): PickleCode[] => [emptyList, mark, get(i), get(i), bytesOf(0x65), put(i + 1), pop]
    const levels = Array.from({ length: 30 }, (_, i) => doubled(i)).flat()
    return program(tensorCode(), put(0), pop, ...levels, get(30))
  }),
  zipCase('a list that holds itself', 'limit', () =>
    program(emptyList, put(0), mark, tensorCode(), get(0), bytesOf(0x65)),
  ),
  zipCase('nesting of a thousand', 'limit', () =>
    program(tensorCode(), ...Array.from({ length: 1000 }, () => bytesOf(0x85))),
  ),
  zipCase('a frame longer than the file', 'truncated', () => program(bytesOf(0x95, 255, 255, 0, 0, 0, 0, 0, 0), none)),
  zipCase('a name without its end', 'truncated', () => program(bytesOf(0x63), Buffer.alloc(4000, 0x61))),
  zipCase('no tensors at all', 'header', () => program(emptyDict)),
]

const tensor = (name: string, rule: HostileCase['rule'], options: Parameters<typeof tensorCode>[0]): HostileCase =>
  zipCase(`tensor ${name}`, rule, () => program(dictOf({ weight: tensorCode(options) })))

const tensorCases: HostileCase[] = [
  tensor('past its storage', 'tensor-bounds', { shape: [5] }),
  tensor('with an offset past its storage', 'tensor-bounds', { offset: 4 }),
  tensor('with a negative offset', 'tensor-bounds', { offset: -1 }),
  tensor('with a huge offset', 'tensor-bounds', { offset: 2n ** 63n - 1n }),
  tensor('with a negative stride', 'tensor-bounds', { strides: [-1], offset: 3 }),
  tensor('with a stride past its storage', 'tensor-bounds', { shape: [2], strides: [2 ** 31 - 1] }),
  tensor('with a negative size', 'tensor-bounds', { shape: [-4] }),
  tensor('whose size overflows', 'tensor-bounds', { shape: [2 ** 30, 2 ** 30], strides: [1, 1] }),
  tensor('expanded by stride 0', 'tensor-layout', { shape: [2 ** 30], strides: [0] }),
  tensor('of rank 40', 'tensor-layout', { shape: Array<number>(40).fill(1), strides: Array<number>(40).fill(1) }),
  tensor('with fewer strides than sizes', 'tensor-layout', { shape: [2, 2], strides: [1] }),
  tensor('whose storage is missing', 'storage-missing', { key: '1' }),
  tensor('whose storage is shorter than it says', 'storage-size', { count: 2 ** 30, shape: [2 ** 30] }),
  tensor('of another type than its storage', 'storage-size', { storageType: 'DoubleStorage' }),
  {
    name: 'tensor aliased until it unfolds to gigabytes',
    fileName: 'model.pt',
    rule: 'tensor-alias',
    bytes: () => {
      const entries: Record<string, PickleCode> = {}
      for (let i = 0; i < 400; i++)
        entries[`w${i}`] = tensorCode({ count: 4096, offset: i, shape: [60, 60], strides: [60, 1] })
      return torchFile(program(dictOf(entries)), { 0: Buffer.alloc(16384) })
    },
  },
  {
    name: 'tensor overlapping itself',
    fileName: 'model.pt',
    rule: 'tensor-alias',
    bytes: () =>
      torchFile(program(dictOf({ w: tensorCode({ count: 4096, shape: [2000, 2000], strides: [1, 1] }) })), {
        0: Buffer.alloc(16384),
      }),
  },
  zipCase('tensor with an unprintable name', 'tensor-name', () => program(dictOf({ 'a\u0000b': tensorCode() }))),
  zipCase('tensor with a name of 10 KB', 'tensor-name', () => program(dictOf({ ['a'.repeat(10_000)]: tensorCode() }))),
  zipCase('tensors of one name', 'tensor-name', () =>
    program(dictOf({ 'a.b': tensorCode(), a: dictOf({ b: tensorCode({ shape: [2] }) }) })),
  ),
]

export const pickleCases: readonly HostileCase[] = [...codeCases, ...rebuildCases, ...machineCases, ...tensorCases]
