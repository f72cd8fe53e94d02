/** Where a shell's page may get things from, besides its own origin. */
export interface PolicySources {
  /** Origins or schemes of pictures, such as `studio:`. */
  readonly pictures?: readonly string[]
  /** Origins of WebSockets, such as `ws://127.0.0.1:4000` (older browsers do not count them as `'self'`). */
  readonly connections?: readonly string[]
}

/**
 * The policy of the studio's page, the same in every shell: nothing inline, nothing evaluated, nothing from elsewhere.
 * Sent as a header, because `frame-ancestors` is ignored in a `<meta>` element.
 */
export function contentSecurityPolicy({ pictures = [], connections = [] }: PolicySources = {}): string {
  const directives: Record<string, readonly string[]> = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'blob:', ...pictures],
    'font-src': ["'self'"],
    'connect-src': ["'self'", ...connections],
    'worker-src': ["'self'"],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    // Svelte makes its templates under this one name.
    'trusted-types': ['svelte-trusted-html'],
  }
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ')
}

/** The policy of bytes that are no page: a picture opened by itself can run and load nothing. */
export const bytesPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"
