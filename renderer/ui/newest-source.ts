import type { Attachment } from 'svelte/attachments'

let asked = 0
/** Number of the request that an image shows the answer to. */
const shown = new WeakMap<HTMLImageElement, number>()

/**
 * Shows the newest picture that could be loaded: the old one stays until a later one is there, and a version that is
 * gone already changes nothing. Versions may come faster than they load; each that arrives is still shown.
 */
export function newestSource(url: string): Attachment<HTMLImageElement> {
  return (image) => {
    asked += 1
    const number = asked
    const probe = new Image()
    probe.src = url
    probe.decode().then(
      () => {
        if (number < (shown.get(image) ?? 0)) return
        shown.set(image, number)
        image.src = url
      },
      () => undefined,
    )
  }
}
