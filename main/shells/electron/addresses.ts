export const pageScheme = 'app'
export const resourceScheme = 'studio'
/** Where the page lives. `app://easel` is its origin, the only one that may call. */
export const pageOrigin = `${pageScheme}://easel`
export const pageUrl = `${pageOrigin}/index.html`
export const resourceUrlPrefix = `${resourceScheme}://resource/`
