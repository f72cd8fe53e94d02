import type { PageFile } from '../serving/page-files.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

export const fakePage: ReadonlyMap<string, PageFile> = new Map([
  [
    'index.html',
    { bytes: encode('<!doctype html><title>studio</title>'), type: 'text/html; charset=utf-8', isHashed: false },
  ],
  ['assets/index-4f1c.js', { bytes: encode('export {}'), type: 'text/javascript; charset=utf-8', isHashed: true }],
])
