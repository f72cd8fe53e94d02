import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { unpackBundle } from './bundle.ts'
import { fileSource, type ByteSource } from './byte-source.ts'
import { readFlaxMsgpack } from './flax-msgpack.ts'
import { detectFormat } from './format.ts'
import { refuse } from './refusal.ts'
import { readOnnxExport } from './onnx-export.ts'
import { checkOnnx } from './onnx-outline.ts'
import { readSafetensorsSource } from './safetensors-source.ts'
import type { TensorSource } from './tensor-source.ts'
import { readTorchLegacy } from './torch-legacy.ts'
import { readTorchZip } from './torch-zip.ts'

/** A small file beside the tensors: a vocabulary, merges, a configuration. */
export interface SideFile {
  readonly name: string
  readonly kind: 'json' | 'text'
  readonly bytes: Uint8Array
}

export interface Checkpoint {
  readonly sources: readonly TensorSource[]
  readonly sideFiles: readonly SideFile[]
  /** ONNX files that keep the rules of packs and hold no weights of a known family. */
  readonly onnxFiles: readonly string[]
  /** Closes the files and deletes what was unpacked. */
  close(): Promise<void>
}

const maxSideFileBytes = 64 * 2 ** 20
const maxFiles = 64

/**
 * Opens the files of one checkpoint. Formats are decided by content. Nothing in them is executed, and every tensor
 * stays on disk until it is read.
 * @param temporaryFolder where bundles are unpacked, in a new folder that `close` deletes
 * @throws Refusal for a file that breaks a rule; everything opened so far is closed again
 */
export async function openCheckpoint(
  paths: readonly string[],
  options: {
    readonly temporaryFolder: string
    readonly signal?: AbortSignal
    readonly onUnpackedBytes?: (bytes: number) => void
  },
): Promise<Checkpoint> {
  const opened: { sources: TensorSource[]; sideFiles: SideFile[]; onnxFiles: string[] } = {
    sources: [],
    sideFiles: [],
    onnxFiles: [],
  }
  const unpacked = join(options.temporaryFolder, `bundle-${randomUUID()}`)
  let bundles = 0
  const close = async (): Promise<void> => {
    for (const source of opened.sources) source.close()
    await rm(unpacked, { recursive: true, force: true })
  }
  const open = async (path: string, name: string, isInBundle: boolean): Promise<void> => {
    options.signal?.throwIfAborted()
    if (opened.sources.length + opened.sideFiles.length >= maxFiles)
      refuse('limit', name, `more than ${maxFiles} files in one checkpoint`)
    const source = named(fileSource(path), name)
    let isKept = false
    try {
      const format = detectFormat(source)
      if (format === 'gzip') {
        if (isInBundle) refuse('tar-entry', name, 'an archive inside an archive')
        await mkdir(unpacked, { recursive: true })
        const { signal, onUnpackedBytes } = options
        for (const member of await unpackBundle(path, join(unpacked, String(bundles++)), {
          signal,
          onBytes: onUnpackedBytes,
        }))
          await open(member.path, member.name, true)
      } else if (format === 'json' || format === 'text') {
        if (source.size > maxSideFileBytes) refuse('limit', name, `${source.size} bytes of text`)
        opened.sideFiles.push({ name, kind: format, bytes: source.read(0, source.size) })
      } else if (format === 'onnx') {
        const exported = readOnnx(source)
        if (exported === null) opened.onnxFiles.push(name)
        else {
          opened.sources.push(exported)
          isKept = true
        }
      } else {
        opened.sources.push(readTensors(source))
        isKept = true
      }
    } finally {
      if (!isKept) source.close()
    }
  }
  try {
    for (const path of paths) await open(path, basename(path), false)
  } catch (error) {
    await close()
    throw error
  }
  return { ...opened, close }
}

/** The weights of an exported CLIP; null for any other model, which then has to keep the rules of packs. @throws Refusal `onnx` */
export function readOnnx(source: ByteSource): TensorSource | null {
  const exported = readOnnxExport(source)
  if (exported === null) checkOnnx(source)
  return exported
}

/** The reader for a file of tensors. @throws Refusal */
export function readTensors(source: ByteSource): TensorSource {
  const format = detectFormat(source)
  switch (format) {
    case 'zip':
      return readTorchZip(source)
    case 'torch-legacy':
      return readTorchLegacy(source)
    case 'safetensors':
      return readSafetensorsSource(source)
    case 'msgpack':
      return readFlaxMsgpack(source)
    case 'gzip':
    case 'json':
    case 'text':
    case 'onnx':
      return refuse('format-unknown', source.name, `a ${format} file holds no tensors`)
  }
}

function named(source: ByteSource, name: string): ByteSource {
  return { ...source, name }
}
