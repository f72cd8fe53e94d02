import { uuidPattern, type GenerationId, type PictureId } from '../domain/ids.ts'

/** Bytes a page may ask for: opaque ids only, never a path or URL (docs/architecture.md, "Shells"). */
export type Resource =
  | { readonly kind: 'picture'; readonly id: PictureId }
  | {
      readonly kind: 'preview'
      readonly generationId: GenerationId
      readonly candidate: number
      readonly version: number
    }

/** `picture/<id>` or `preview/<generation>/<candidate>/<version>`: the same under `studio://` and on the loopback host. */
export function resourcePath(resource: Resource): string {
  if (resource.kind === 'picture') return `picture/${resource.id}`
  return `preview/${resource.generationId}/${resource.candidate}/${resource.version}`
}

/** Undefined for anything that `resourcePath` does not write. */
export function parseResourcePath(path: string): Resource | undefined {
  const [kind, id, ...rest] = path.split('/')
  if (id === undefined || !uuidPattern.test(id)) return undefined
  if (kind === 'picture' && rest.length === 0) return { kind, id: id as PictureId }
  if (kind !== 'preview' || rest.length !== 2) return undefined
  const [candidate, version] = rest.map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : undefined))
  if (candidate === undefined || version === undefined) return undefined
  return { kind, generationId: id as GenerationId, candidate, version }
}
