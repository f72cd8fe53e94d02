/** Runs synchronous work as a promise, so that what it throws is a rejection. */
export function settle<Value>(work: () => Value): Promise<Value> {
  return new Promise((resolve) => {
    resolve(work())
  })
}
