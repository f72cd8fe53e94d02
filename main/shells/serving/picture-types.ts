const pictureTypes = new Set(['image/png', 'image/webp', 'image/jpeg'])

/** The MIME type a resource is served with: a picture's, or one that a browser will not run or show. */
export function safePictureType(type: string): string {
  return pictureTypes.has(type) ? type : 'application/octet-stream'
}
