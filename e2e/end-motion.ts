import type { Page } from '@playwright/test'

/**
 * Brings everything that moves to its end, so that colours on their way from one scheme to the other are not taken for anybody's.
 * Waits for nothing: an animation out of sight (`content-visibility: auto`) never finishes by itself.
 */
export async function endMotion(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const animation of document.getAnimations())
      if (animation.effect?.getComputedTiming().endTime === Infinity) animation.cancel()
      else animation.finish()
  })
}
