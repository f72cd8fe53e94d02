import type {
  GenerationState,
  GenerationSummary,
  ImagePrompt,
  PackReference,
  SamplingSettings,
  StageSeconds,
} from '#app/domain/generation.ts'
import type { GenerationId, PackId, PictureId } from '#app/domain/ids.ts'
import type { PictureSummary } from '#app/domain/picture.ts'

/** A generation joined with its prompt and pack, as `generationColumns` selects it. */
export interface GenerationRow {
  readonly key: number
  readonly id: string
  readonly prompt: string
  readonly pack_id: string
  readonly pack_version: string
  readonly pack_sha256: string
  readonly seed: number
  readonly candidates: number
  readonly settings: string
  readonly rows: number
  readonly columns: number
  readonly image_prompt: string | null
  readonly state: string
  readonly created_at: number
  readonly finished_at: number | null
  readonly seconds: string | null
  readonly error_code: string | null
  readonly error_message: string | null
}

export const generationColumns = `
  g.key, g.id, pr.text AS prompt, k.id AS pack_id, k.version AS pack_version, k.sha256 AS pack_sha256, g.seed,
  g.candidates, g.settings, g.rows, g.columns, g.image_prompt, g.state, g.created_at, g.finished_at, g.seconds,
  g.error_code, g.error_message`
export const generationJoins = 'JOIN prompts AS pr ON pr.key = g.prompt_key JOIN packs AS k ON k.key = g.pack_key'

export interface PictureRow {
  readonly key: number
  readonly id: string
  readonly generation_id: string
  readonly candidate: number
  readonly prompt: string
  readonly width: number
  readonly height: number
  readonly score: number | null
  readonly perplexity: number
  readonly created_at: number
}

/** The score a picture is shown with: of the CLIP pack chosen in settings, else of the pack that drew it. */
export const scoreJoin = `LEFT JOIN scores AS s ON s.picture_key = p.key AND s.clip_pack_key =
  coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'clipPackKey'), g.pack_key)`

export const pictureColumns = `p.key, p.id, g.id AS generation_id, p.candidate, pr.text AS prompt, p.width, p.height,
  s.score, p.perplexity, p.created_at`
export const pictureJoins = `CROSS JOIN generations AS g ON g.key = p.generation_key
  JOIN prompts AS pr ON pr.key = g.prompt_key ${scoreJoin}`

const isoDate = (ms: number) => new Date(ms).toISOString()

export function toPack(row: Pick<GenerationRow, 'pack_id' | 'pack_version' | 'pack_sha256'>): PackReference {
  return { id: row.pack_id as PackId, version: row.pack_version, sha256: row.pack_sha256 }
}

/** JSON columns are written by this library alone, from values their schemas have checked. */
export function toGeneration(
  row: GenerationRow,
  best: readonly PictureId[],
  finishedCandidates: number,
): GenerationSummary {
  return {
    id: row.id as GenerationId,
    prompt: row.prompt,
    seed: row.seed,
    candidates: row.candidates,
    settings: JSON.parse(row.settings) as SamplingSettings,
    pack: toPack(row),
    imagePrompt: row.image_prompt === null ? null : (JSON.parse(row.image_prompt) as ImagePrompt),
    state: row.state as GenerationState,
    createdAt: isoDate(row.created_at),
    finishedAt: row.finished_at === null ? null : isoDate(row.finished_at),
    seconds: row.seconds === null ? null : (JSON.parse(row.seconds) as StageSeconds),
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    best,
    finishedCandidates,
  }
}

export function toPicture(row: PictureRow): PictureSummary {
  return {
    id: row.id as PictureId,
    generationId: row.generation_id as GenerationId,
    index: row.candidate,
    prompt: row.prompt,
    width: row.width,
    height: row.height,
    clipScore: row.score,
    perplexity: row.perplexity,
    createdAt: isoDate(row.created_at),
  }
}
