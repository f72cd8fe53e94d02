import type { Attachment } from 'svelte/attachments'

interface Feed {
  isLoading: boolean
  /** The newest version, until it is asked for. */
  wanted: string | null
}

const feeds = new WeakMap<HTMLImageElement, Feed>()

/**
 * Shows the newest picture that could be loaded: the old one stays until a later one is there, and a version that is
 * gone already changes nothing. Versions may come faster than they load: an image asks for one at a time, and what came
 * meanwhile but is not the newest is never asked for.
 */
export function newestSource(url: string): Attachment<HTMLImageElement> {
  return (image) => {
    const feed = feeds.get(image) ?? { isLoading: false, wanted: null }
    feeds.set(image, feed)
    feed.wanted = url
    if (!feed.isLoading) void load(image, feed)
  }
}

async function load(image: HTMLImageElement, feed: Feed): Promise<void> {
  feed.isLoading = true
  while (feed.wanted !== null && image.isConnected) {
    const probe = new Image()
    probe.src = feed.wanted
    feed.wanted = null
    if (await isDecoded(probe)) image.src = probe.src
  }
  feed.isLoading = false
}

const isDecoded = (probe: HTMLImageElement): Promise<boolean> =>
  probe.decode().then(
    () => true,
    () => false,
  )
