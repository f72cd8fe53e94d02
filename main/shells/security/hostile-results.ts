import type { LibraryHealth } from '#app/contract/library-calls.ts'
import type { CallName } from '#app/contract/studio-api.ts'
import type { GenerationSummary } from '#app/domain/generation.ts'
import type { GenerationId, PackId, PictureId } from '#app/domain/ids.ts'
import type { FoundPicture } from '#app/domain/organising.ts'
import type { PackSummary } from '#app/domain/pack.ts'
import type { PictureDetail } from '#app/domain/picture.ts'

/** Answers of a studio whose every text is hostile: prompts, errors, and what a pack says of itself. @param texts at least one */
export function hostileResults(texts: readonly string[]): Partial<Record<CallName, unknown>> {
  const generations = texts.map(hostileGeneration)
  const pictures = texts.map((text, index) =>
    hostilePicture(text, index, generations[index] ?? hostileGeneration(text, index)),
  )
  return {
    getStudioInfo: { version: texts[0], shell: 'browser', defaultPackId: 'hostile-0', pictureCount: texts.length },
    listPacks: texts.map(hostilePack),
    tokenizePrompt: { count: 1, limit: 15, tokens: [texts[0]], kept: texts[0] },
    listQueue: [],
    listGenerations: { items: generations, nextCursor: null },
    listPictures: { items: pictures, nextCursor: null },
    getGeneration: { generation: generations[0], pictures },
    getPicture: pictures[0],
    findPictures: { items: pictures, nextCursor: null },
    findByMeaning: pictures.map((picture) => ({ picture, similarity: 0.5 })),
    findSimilar: pictures.map((picture) => ({ picture, similarity: 0.5 })),
    listTags: texts.map((name) => ({ name, pictures: 1 })),
    listCollections: texts.map((name, index) => ({
      id: uuid(index),
      name,
      pictures: 1,
      createdAt: new Date(0).toISOString(),
    })),
    getLineage: [],
    getLibraryHealth: hostileHealth(texts[0] ?? ''),
  }
}

function hostileHealth(text: string): LibraryHealth {
  return {
    folder: text,
    access: 'write',
    ...{ pictures: 1, generations: 1, inTrash: 0, bytes: 1, schemaVersion: 1, backups: 1 },
    sqliteVersion: text,
    newestBackup: text,
  }
}

function uuid(index: number): string {
  return `01890a5d-ac96-774b-bcce-${String(index).padStart(12, '0')}`
}

function hostileGeneration(text: string, index: number): GenerationSummary {
  return {
    id: uuid(index) as GenerationId,
    prompt: text,
    seed: index,
    candidates: 1,
    settings: { temperature: 1, topK: 0, topP: 1, guidanceScale: 1 },
    pack: { id: 'hostile-0' as PackId, version: text, sha256: text },
    imagePrompt: null,
    state: index % 2 === 0 ? 'failed' : 'finished',
    createdAt: new Date(0).toISOString(),
    finishedAt: new Date(1000).toISOString(),
    seconds: { load: 0, prefill: 0, decode: 1, pixels: 0, rank: 0 },
    error: index % 2 === 0 ? { code: 'internal', message: text } : null,
    best: [uuid(index) as PictureId],
    finishedCandidates: 1,
  }
}

function hostilePicture(text: string, index: number, generation: GenerationSummary): PictureDetail & FoundPicture {
  return {
    id: uuid(index) as PictureId,
    generationId: generation.id,
    index: 0,
    prompt: text,
    ...{ width: 32, height: 32, clipScore: 0.1, perplexity: 2, createdAt: generation.createdAt },
    ...{ rank: 1, rows: 1, columns: 1, tokens: [1], entropies: [1], objectSha256: text, bytes: 1 },
    ...{ rating: 5, tags: [text] },
    generation,
    pack: generation.pack,
  }
}

function hostilePack(text: string, index: number): PackSummary {
  return {
    id: `hostile-${index}` as PackId,
    name: text,
    version: '1.0.0',
    description: text,
    licence: text,
    attribution: [text],
    sha256: text,
    bytes: 1,
    precisions: ['fp32'],
    ...{
      rows: 1,
      columns: 1,
      paletteRows: 0,
      paletteLevels: 0,
      imageVocabulary: 2,
      textLength: 16,
      pictureWidth: 32,
      pictureHeight: 32,
    },
    ...{ canRank: true, canEncode: false },
    sampling: { temperature: 1, topK: 0, topP: 1, guidanceScale: 1, candidates: 1 },
    memory: { weightsBytes: 1, cacheBytesPerRow: 1 },
  }
}
