import { config } from 'zod'

/** zod compiles its checks with `new Function` where it may; the Content-Security-Policy says it may not, so it need not try. */
config({ jitless: true })
