import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** The secrets of one launch: a cookie for browsers that are in, and one-time codes for those that are not yet. */
export class Session {
  readonly #cookieName: string
  readonly #cookieValue = randomSecret()
  #code = randomSecret()

  /** @param port part of the cookie's name: cookies do not tell ports apart, and two studios may run at once. */
  constructor(port: number) {
    this.#cookieName = `easel_${port}`
  }

  /** The code that lets the next browser in; another one as soon as it is used. */
  get code(): string {
    return this.#code
  }

  /** The value for `Set-Cookie`, or undefined when the code is wrong or used. */
  exchange(code: unknown): string | undefined {
    if (typeof code !== 'string' || !isSameSecret(code, this.#code)) return undefined
    this.#code = randomSecret()
    return `${this.#cookieName}=${this.#cookieValue}; Path=/; HttpOnly; SameSite=Strict`
  }

  /** @param header the `Cookie` header. */
  isIn(header: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`
    return (header ?? '')
      .split(';')
      .map((part) => part.trim())
      .some((part) => part.startsWith(prefix) && isSameSecret(part.slice(prefix.length), this.#cookieValue))
  }
}

/** 256 bits. */
function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** In constant time: hashes have one length, whatever was sent. */
function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
