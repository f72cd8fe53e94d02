import { createReadStream, existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { createGunzip } from 'node:zlib'

import { z } from 'zod'

import { unpackBundle, type BundleLimits } from '../readers/bundle.ts'
import { fileSource, type ByteSource } from '../readers/byte-source.ts'
import { refuse } from '../readers/refusal.ts'

import { readJson } from './read-json.ts'

const maxTextBytes = 2 ** 20
/** Of an archive by npm every member lies in this folder. */
const top = 'package/'
/** The largest published package has 116 files and 70 MB. */
const limits: BundleLimits = { maxEntries: 500, maxBytes: 2 ** 30 }

/** Of the package.json of an npm package: where a pack's name, version and licence come from. */
const packageFacts = z.object({
  name: z.string().regex(/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]{0,99}$/),
  version: z.string().regex(/^\d+\.\d+\.\d+([-+][0-9A-Za-z.-]+)?$/),
  license: z.string().min(1).max(100),
})
export type PackageFacts = z.infer<typeof packageFacts>

/** An npm package of upscalers (`@upscalerjs/esrgan-…`), unpacked. */
export interface UpscalerPackage extends PackageFacts {
  /** The bytes of its LICENSE, which goes along into the pack. */
  readonly licenceText: Uint8Array
  /** Folders inside it that hold a `model.json`, such as `models/x2`. */
  readonly models: readonly string[]
  /** Opens a file of it by its path inside. @throws Refusal when there is none */
  open(path: string): ByteSource
}

/** Whether an import is one of upscalers: the folder of an npm package with models, or its archive, whose members all lie in `package/`. */
export async function isUpscalerPackage(paths: readonly string[]): Promise<boolean> {
  const [path] = paths
  if (path === undefined || paths.length !== 1 || !existsSync(path)) return false
  const found = await stat(path)
  if (found.isDirectory()) return existsSync(join(path, 'package.json')) && existsSync(join(path, 'models'))
  // Whoever opens a pipe waits for a writer.
  return found.isFile() && (await firstMember(path)).startsWith(top)
}

/**
 * Opens the folder or the `.tgz` that `npm pack` makes.
 * @param temporaryFolder where an archive is unpacked; the caller deletes it
 * @throws Refusal when it is not the package of an upscaler
 */
export async function openUpscalerPackage(
  path: string,
  temporaryFolder: string,
  signal?: AbortSignal,
): Promise<UpscalerPackage> {
  const files = (await stat(path)).isDirectory()
    ? await filesOf(path)
    : await unpacked(path, join(temporaryFolder, 'package'), signal)
  const place = basename(path)
  const open = (name: string): ByteSource => {
    const file = files.get(name)
    if (file === undefined) return refuse('truncated', place, `${name} is not in the package`)
    return { ...fileSource(file), name }
  }
  const facts = packageFacts.safeParse(readFacts(open('package.json')))
  if (!facts.success) return refuse('header', 'package.json', z.prettifyError(facts.error))
  const models = [...files.keys()].filter((name) => /^models\/[^/]+\/model\.json$/.test(name)).map(posix.dirname)
  if (models.length === 0) return refuse('family-unknown', place, 'there is no models/…/model.json in the package')
  return { ...facts.data, licenceText: readSmall(open('LICENSE')), models: models.toSorted(), open }
}

/** Path inside the package → file. Nothing but what a package of upscalers has is looked at, and no link is followed. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  async function add(inside: string): Promise<readonly string[]> {
    const entries = await readdir(join(folder, inside), { withFileTypes: true })
    for (const entry of entries) {
      if (entry.isFile()) files.set(posix.join(inside, entry.name), join(folder, inside, entry.name))
    }
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  }
  if ((await add('')).includes('models')) for (const name of await add('models')) await add(posix.join('models', name))
  return files
}

async function unpacked(
  path: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const members = await unpackBundle(path, folder, signal === undefined ? { limits } : { limits, signal })
  const outside = members.find(({ name }) => !name.startsWith(top))
  if (outside !== undefined) refuse('tar-entry', basename(path), `${outside.name} is not in ${top}, as npm has it`)
  return new Map(members.map((member) => [member.name.slice(top.length), member.path]))
}

function readFacts(source: ByteSource): unknown {
  try {
    return readJson(source, { maxBytes: maxTextBytes, maxDepth: 16 })
  } finally {
    source.close()
  }
}

function readSmall(source: ByteSource): Uint8Array {
  try {
    if (source.size > maxTextBytes) refuse('limit', source.name, `${source.size} bytes of text`)
    return source.read(0, source.size)
  } finally {
    source.close()
  }
}

/** The name of the first member of a `.tar.gz`; empty for anything else. */
async function firstMember(path: string): Promise<string> {
  const input = createReadStream(path, { end: 2 ** 16 })
  const gunzip = createGunzip()
  try {
    for await (const piece of input.on('error', () => gunzip.destroy()).pipe(gunzip)) {
      const head = Buffer.from(piece as Uint8Array)
      return head.subarray(0, Math.max(0, head.subarray(0, 100).indexOf(0))).toString('utf8')
    }
  } catch {
    // Not gzip, or cut: the readers say what is wrong with it.
  } finally {
    input.destroy()
    gunzip.destroy()
  }
  return ''
}

/** Opens shards beside the `model.json` in `folder`. */
export function shardsOf(upscaler: UpscalerPackage, folder: string): (name: string) => ByteSource {
  return (name) => upscaler.open(posix.join(folder, name))
}
