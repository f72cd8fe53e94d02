import { StudioError } from '#app/contract/errors.ts'
import { packIdPattern, type PackId } from '#app/domain/ids.ts'

/** The id that a pack of the shown name gets. @throws StudioError `invalidRequest` when nothing of the name can be an id */
export function identify(shown: string): { id: PackId; name: string } {
  const id = shown
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
  if (!packIdPattern.test(id))
    throw new StudioError('invalidRequest', `The name "${shown}" needs at least one letter (a–z) or digit.`)
  return { id: id as PackId, name: shown }
}
