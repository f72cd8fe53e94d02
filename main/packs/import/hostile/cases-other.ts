import { gzipSync } from 'node:zlib'

import { torchFile } from './cases-pickle.ts'
import type { HostileCase } from './hostile-case.ts'
import { call, dictOf, emptyList, integer, mark, program, tensorCode, text, type PickleCode } from './pickle-maker.ts'
import { makeTar, type MadeTarMember } from './tar-maker.ts'

const evil = program(call('os', 'system', text('touch ../../escaped')))
const good = program(dictOf({ weight: tensorCode() }))
const goodFile = torchFile(good)
const noteText = Buffer.from('plain text\n')

// --- torch.save before 1.6: five pickles, then the storages ---

const magic = program(integer(0x1950a86a20f9469cfc6cn))
const version = program(integer(1001))
const system = program(dictOf({ little_endian: Buffer.from([0x88]) }))
const keys = (...names: string[]): Buffer => program(emptyList, mark, ...names.map(text), Buffer.from([0x65]))

function storage(count: number | bigint, bytes: number): Buffer {
  const head = Buffer.alloc(8)
  head.writeBigInt64LE(BigInt(count))
  return Buffer.concat([head, Buffer.alloc(bytes)])
}

const legacy = (name: string, rule: HostileCase['rule'], ...parts: readonly PickleCode[]): HostileCase => ({
  name: `legacy: ${name}`,
  fileName: 'model.pkl',
  rule,
  bytes: () => Buffer.concat(parts),
})

const legacyCases: HostileCase[] = [
  legacy('a plain pickle that runs a command', 'pickle-global', evil),
  legacy('a plain pickle without torch', 'format-unknown', good),
  legacy('a command where the magic number belongs', 'pickle-global', evil, version, system, good),
  legacy('a command in the system pickle', 'pickle-global', magic, version, evil),
  legacy('a command in the keys', 'pickle-global', magic, version, system, good, evil),
  legacy('another protocol version', 'format-unknown', magic, program(integer(1000)), system, good),
  legacy(
    'big-endian numbers',
    'byte-order',
    magic,
    version,
    program(dictOf({ little_endian: Buffer.from([0x89]) })),
    good,
  ),
  legacy('keys that are no list', 'header', magic, version, system, good, program(text('0'))),
  legacy('a key that no tensor has', 'storage-missing', magic, version, system, good, keys('1'), storage(4, 16)),
  legacy(
    'a key twice',
    'storage-missing',
    magic,
    version,
    system,
    good,
    keys('0', '0'),
    storage(4, 16),
    storage(4, 16),
  ),
  legacy('a storage that is not listed', 'storage-missing', magic, version, system, good, keys()),
  legacy('a storage of 2^60 elements', 'truncated', magic, version, system, good, keys('0'), storage(2n ** 60n, 16)),
  legacy('a storage of −1 elements', 'truncated', magic, version, system, good, keys('0'), storage(-1, 16)),
  legacy('a storage that is cut', 'truncated', magic, version, system, good, keys('0'), storage(4, 8)),
  legacy(
    'a storage longer than its tensor says',
    'storage-size',
    magic,
    version,
    system,
    good,
    keys('0'),
    storage(5, 20),
  ),
  legacy('bytes after the last storage', 'trailing-bytes', magic, version, system, good, keys('0'), storage(4, 32)),
  legacy('cut after the magic number', 'truncated', magic),
]

// --- bundles ---

const bundle = (name: string, rule: HostileCase['rule'], bytes: () => Uint8Array): HostileCase => ({
  name: `bundle: ${name}`,
  fileName: 'model.tar.gz',
  rule,
  bytes,
})
const bundleOf = (name: string, rule: HostileCase['rule'], ...members: readonly MadeTarMember[]): HostileCase =>
  bundle(name, rule, () => gzipSync(makeTar(members)))

const x = Buffer.from('x')
const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251))

const bundleCases: HostileCase[] = [
  bundleOf('a path to the parent', 'tar-entry', { name: '../../escaped', data: x }),
  bundleOf('a path to the parent inside', 'tar-entry', { name: 'a/../../../escaped', data: x }),
  bundleOf('an absolute path', 'tar-entry', { name: '/tmp/easel-escaped', data: x }),
  bundleOf('a drive letter', 'tar-entry', { name: 'C:/escaped', data: x }),
  bundleOf('a backslash', 'tar-entry', { name: 'a\\..\\escaped', data: x }),
  bundleOf('a device name', 'tar-entry', { name: 'nul', data: x }),
  bundleOf('a symlink', 'tar-entry', { name: 'a', type: '2', linkname: '/etc' }),
  bundleOf(
    'a symlink, then a file through it',
    'tar-entry',
    { name: 'a', type: '2', linkname: '../..' },
    { name: 'a/escaped', data: x },
  ),
  bundleOf('a hard link', 'tar-entry', { name: 'a', type: '1', linkname: '/etc/passwd' }),
  bundleOf('a character device', 'tar-entry', { name: 'a', type: '3' }),
  bundleOf('a pipe', 'tar-entry', { name: 'a', type: '6' }),
  bundleOf('a name twice', 'tar-entry', { name: 'a.ckpt', data: goodFile }, { name: 'A.ckpt', data: goodFile }),
  // Left to tar-stream, such an entry never ends: found by mutation.
  bundleOf('a size that is no number', 'tar-entry', { name: 'a', data: x, size: Number.NaN }),
  bundleOf('an archive inside', 'tar-entry', { name: 'inner.tar.gz', data: gzipSync(Buffer.alloc(10)) }),
  bundleOf('2000 members', 'limit', ...Array.from({ length: 2000 }, (_, i) => ({ name: `f${i}`, data: x }))),
  bundleOf('100 text files', 'limit', ...Array.from({ length: 100 }, (_, i) => ({ name: `f${i}`, data: noteText }))),
  bundleOf('a checkpoint that runs a command', 'pickle-global', { name: 'model.ckpt', data: torchFile(evil) }),
  bundleOf('a bomb of zeros', 'bomb', { name: 'zeros', data: Buffer.alloc(32 * 2 ** 20) }),
  bundleOf('8 GB declared', 'bomb', { name: 'a', data: x, size: 8 * 2 ** 30 - 1 }),
  bundleOf('a long name of 16 MB', 'truncated', { name: 'a', type: 'L', data: Buffer.alloc(16 * 2 ** 20) }),
  bundle('cut in half', 'truncated', () => {
    const whole = gzipSync(makeTar([{ name: 'a.pt', data: noise }]))
    return whole.subarray(0, whole.length / 2)
  }),
  bundle('a wrong gzip checksum', 'truncated', () => {
    const whole = gzipSync(makeTar([{ name: 'a.pt', data: goodFile }]))
    whole.writeUInt32LE(1, whole.length - 8)
    return whole
  }),
  bundle('garbage in gzip', 'truncated', () => gzipSync(noise)),
]

// --- files that are something else than they say ---

const disguised = (
  fileName: string,
  rule: HostileCase['rule'],
  what: string,
  bytes: () => Uint8Array,
): HostileCase => ({
  name: `disguise: ${what} called ${fileName}`,
  fileName,
  rule,
  bytes,
})

const disguiseCases: HostileCase[] = [
  disguised('model.safetensors', 'pickle-global', 'a pickle', () => evil),
  disguised('model.safetensors', 'pickle-global', 'a torch zip', () => torchFile(evil)),
  disguised('tokenizer.json', 'pickle-global', 'a torch zip', () => torchFile(evil)),
  disguised('flax_model.msgpack', 'pickle-global', 'a pickle', () => evil),
  disguised('model.onnx', 'pickle-global', 'a torch zip', () => torchFile(evil)),
  disguised('model.tar.gz', 'pickle-global', 'a pickle', () => evil),
  disguised('model.png', 'pickle-global', 'a torch zip', () => torchFile(evil)),
  disguised('model.pt', 'pickle-opcode', 'a pickle of protocol 0', () =>
    torchFile(Buffer.from("cos\nsystem\n(S'x'\ntR.")),
  ),
  disguised('model.pt', 'format-unsafe', 'a bare tar', () => makeTar([{ name: 'pickle', data: evil }])),
  disguised('model.pt', 'format-unknown', 'an HDF5 file', () =>
    Buffer.from('\x89HDF\r\n\x1a\n' + '\0'.repeat(100), 'latin1'),
  ),
  disguised('model.pt', 'format-unknown', 'an ELF program', () => Buffer.from('\x7fELF' + '\0'.repeat(100), 'latin1')),
  disguised('model.pt', 'format-unknown', 'a Windows program', () =>
    Buffer.from('MZ\x90\0' + '\0'.repeat(100), 'latin1'),
  ),
  disguised('model.pt', 'format-unknown', 'zeros', () => Buffer.alloc(4096)),
  disguised('model.pt', 'format-unknown', 'nothing', () => Buffer.alloc(0)),
  disguised('model.pt', 'format-unknown', 'one byte', () => Buffer.from([0x80])),
  disguised('model.pt', 'zip-structure', 'an empty zip', () => Buffer.from('PK\x05\x06' + '\0'.repeat(18), 'latin1')),
]

export const otherCases: readonly HostileCase[] = [...legacyCases, ...bundleCases, ...disguiseCases]
