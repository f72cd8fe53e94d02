import type { Attachment } from 'svelte/attachments'

/**
 * Shows the newest picture that could be loaded: the old one stays until the next is there, and a version that
 * is gone already changes nothing.
 */
export function newestSource(url: string): Attachment<HTMLImageElement> {
  return (image) => {
    let isCurrent = true
    const probe = new Image()
    probe.src = url
    probe.decode().then(
      () => {
        if (isCurrent) image.src = url
      },
      () => undefined,
    )
    return () => {
      isCurrent = false
    }
  }
}
