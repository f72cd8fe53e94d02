import { gzipSync, deflateRawSync } from 'node:zlib'

import { torchFile } from './cases-pickle.ts'
import type { HostileCase } from './hostile-case.ts'
import { call, dictOf, program, tensorCode, text } from './pickle-maker.ts'
import { makeZip, torchMembers, type MadeMember, type MadeZip } from './zip-maker.ts'

const pickle = program(dictOf({ weight: tensorCode() }))
const members = torchMembers(pickle, { 0: Buffer.alloc(16) })
const evilPickle = program(call('os', 'system', text('touch ../../escaped')))

function zipCase(
  name: string,
  rule: HostileCase['rule'],
  make: () => { members: readonly MadeMember[]; options?: MadeZip },
): HostileCase {
  const bytes = (): Uint8Array => {
    const made = make()
    return makeZip(made.members, made.options)
  }
  return { name: `zip: ${name}`, fileName: 'model.pt', rule, bytes }
}

const named = (name: string): HostileCase =>
  zipCase(`member called ${JSON.stringify(name).slice(0, 40)}`, 'zip-name', () => ({
    members: [...members, { name, data: Buffer.from('x') }],
  }))

/** One change to the first member (the pickle). */
const first = (change: Partial<MadeMember>): readonly MadeMember[] =>
  members.map((member, index) => (index === 0 ? { ...member, ...change } : member))

export const zipCases: readonly HostileCase[] = [
  ...[
    '../../escaped',
    'archive/../../escaped',
    '/tmp/escaped',
    'C:\\escaped',
    'C:/escaped',
    'archive\\data\\1',
    'archive/con',
    'archive/NUL.txt',
    'archive/a\u0000b',
    'archive/line\nfeed',
    'archive//double',
    'archive/dot.',
    'a'.repeat(600),
  ].map(named),
  zipCase('the same member twice', 'zip-duplicate', () => ({ members: [...members, members[0] as MadeMember] })),
  zipCase('two pickles that differ in case', 'zip-duplicate', () => ({
    members: [...members, { name: 'archive/DATA.pkl', data: evilPickle }],
  })),
  zipCase('a folder and a file of one name', 'zip-duplicate', () => ({
    members: [...members, { name: 'archive/data.pkl/', data: Buffer.alloc(0) }],
  })),
  zipCase('a symlink', 'zip-kind', () => ({
    members: [...members, { name: 'archive/link', data: Buffer.from('/etc/passwd'), mode: 0xa1ff }],
  })),
  zipCase('a device', 'zip-kind', () => ({
    members: [...members, { name: 'archive/device', data: Buffer.alloc(0), mode: 0x2180 }],
  })),
  zipCase('a local header with another name', 'zip-disagreement', () => ({
    members: first({ local: { name: 'archive/evil.pkl' } }),
  })),
  zipCase('a local header with another size', 'zip-disagreement', () => ({ members: first({ local: { size: 3 } }) })),
  zipCase('a local header with another method', 'zip-disagreement', () => ({
    members: first({ local: { method: 8 } }),
  })),
  zipCase('a local header with other flags', 'zip-disagreement', () => ({ members: first({ local: { flags: 1 } }) })),
  zipCase('a local header with another CRC', 'zip-disagreement', () => ({ members: first({ local: { crc: 1 } }) })),
  zipCase('a stored member of two sizes', 'zip-disagreement', () => ({ members: first({ central: { size: 1 } }) })),
  zipCase('an encrypted member', 'zip-method', () => ({ members: first({ flags: 1 }) })),
  zipCase('a strongly encrypted member', 'zip-method', () => ({ members: first({ flags: 0x41 }) })),
  zipCase('an unknown method', 'zip-method', () => ({ members: first({ method: 99 }) })),
  zipCase('a deflated pickle', 'zip-method', () => {
    const data = deflateRawSync(pickle)
    const size = pickle.length
    return { members: first({ data, method: 8, central: { size }, local: { size } }) }
  }),
  zipCase('a deflated storage (a bomb of 1:1000)', 'zip-method', () => {
    const data = deflateRawSync(Buffer.alloc(2 ** 20))
    const size = 2 ** 20
    const code = program(dictOf({ weight: tensorCode({ count: 2 ** 18, shape: [2 ** 18] }) }))
    const bomb = { name: 'archive/data/0', data, method: 8, central: { size }, local: { size } }
    return { members: [{ name: 'archive/data.pkl', data: code }, bomb] }
  }),
  zipCase('a wrong CRC of the pickle', 'checksum', () => ({ members: first({ crc: 0x12345678 }) })),
  zipCase('a wrong CRC of a storage', 'checksum', () => ({
    members: members.map((member) => (member.name.endsWith('/0') ? { ...member, crc: 7 } : member)),
  })),
  zipCase('a member inside another', 'zip-overlap', () => {
    const inner = { name: 'archive/inner', data: evilPickle }
    const outer = { name: 'archive/outer', data: makeZip([inner]) }
    // The outer member comes first; its data begins behind a header of 30 bytes and its name.
    const localOffset = 30 + outer.name.length
    return { members: [outer, ...members, { ...inner, localOffset, isDirectoryOnly: true }] }
  }),
  zipCase('the same bytes listed ten times', 'zip-duplicate', () => ({
    members: [
      ...members,
      ...Array.from({ length: 10 }, () => ({ ...(members[0] as MadeMember), localOffset: 0, isDirectoryOnly: true })),
    ],
  })),
  zipCase('a directory that points into a member', 'zip-structure', () => ({
    members: first({ localOffset: 7 }),
  })),
  zipCase('a member past the end', 'truncated', () => ({ members: first({ localOffset: 0x7fffffff }) })),
  zipCase('a member of 4 GB that is not there', 'truncated', () => ({
    members: first({ central: { size: 0xfffffffe, compressedSize: 0xfffffffe } }),
  })),
  zipCase('a zip64 size without its field', 'zip-structure', () => ({
    members: first({ central: { size: 0xffffffff, compressedSize: 0xffffffff } }),
  })),
  zipCase('bytes before the archive', 'format-unknown', () => ({
    members,
    options: { prefix: Buffer.from('#!/bin/sh\n\0\0') },
  })),
  zipCase('a first member that is not listed', 'zip-structure', () => ({
    members,
    options: { prefix: makeZip([{ name: 'hidden', data: evilPickle }]) },
  })),
  zipCase('bytes after the archive', 'zip-structure', () => ({ members, options: { suffix: Buffer.alloc(100) } })),
  zipCase('a second archive after the first', 'zip-structure', () => ({
    members,
    options: { suffix: torchFile(evilPickle) },
  })),
  zipCase('a comment', 'zip-structure', () => ({ members, options: { comment: 'PK\u0005\u0006' } })),
  zipCase('several disks', 'zip-structure', () => ({ members, options: { disk: 1 } })),
  zipCase('more records than there are', 'zip-structure', () => ({ members, options: { count: 9 } })),
  zipCase('fewer records than there are', 'zip-structure', () => ({ members, options: { count: 1 } })),
  zipCase('a directory at another place', 'zip-structure', () => ({ members, options: { directoryOffset: 3 } })),
  zipCase('65535 records without zip64', 'zip-structure', () => ({ members, options: { count: 0xffff } })),
  zipCase('a gap before the end record', 'zip-structure', () => ({ members, options: { gap: Buffer.alloc(64) } })),
  zipCase('20 000 members', 'limit', () => ({
    members: Array.from({ length: 20_000 }, (_, i) => ({ name: `archive/data/${i}`, data: Buffer.alloc(0) })),
  })),
  zipCase('two pickles', 'format-unknown', () => ({
    members: [...members, { name: 'other/data.pkl', data: evilPickle }],
  })),
  zipCase('no pickle', 'format-unknown', () => ({ members: [{ name: 'model.json', data: Buffer.from('{}') }] })),
  zipCase('big-endian numbers', 'byte-order', () => ({
    members: [...members, { name: 'archive/byteorder', data: Buffer.from('big') }],
  })),
  {
    name: 'zip: a pickle of 20 MB',
    fileName: 'model.pt',
    rule: 'limit',
    bytes: () => makeZip([{ name: 'archive/data.pkl', data: Buffer.alloc(20 * 2 ** 20) }]),
  },
  { name: 'zip: only an end record', fileName: 'model.pt', rule: 'zip-structure', bytes: () => makeZip([]) },
  {
    name: 'zip: cut in half',
    fileName: 'model.pt',
    rule: 'zip-structure',
    bytes: () => torchFile(pickle).subarray(0, 300),
  },
  {
    name: 'zip: a hole of 10 GB behind the archive',
    fileName: 'model.pt',
    rule: 'zip-structure',
    bytes: () => torchFile(pickle),
    sparseBytes: 10 * 2 ** 30,
  },
  {
    name: 'zip: a bomb in gzip that is no bundle',
    fileName: 'model.tar.gz',
    rule: 'bomb',
    bytes: () => gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 9 }),
  },
]
