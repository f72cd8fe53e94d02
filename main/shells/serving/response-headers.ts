const deniedFeatures = [
  'camera',
  'display-capture',
  'fullscreen',
  'geolocation',
  'hid',
  'idle-detection',
  'local-fonts',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
  'window-management',
  'xr-spatial-tracking',
]

/** Headers of every answer of every shell: no sniffing, no sharing with other origins, no referrer, no device. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
  'Permissions-Policy': deniedFeatures.map((feature) => `${feature}=()`).join(', '),
  'X-DNS-Prefetch-Control': 'off',
}

/** Hashed names never change their content; what a person made stays in their own browser's cache. */
export const cacheForEver = 'private, max-age=31536000, immutable'
/** A preview is asked for again at most while its run is on screen. */
export const cacheBriefly = 'private, max-age=600'
export const cacheNever = 'no-store'
