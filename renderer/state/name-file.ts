/** A file that the library takes for a picture of this prompt; what is ahead of a stroke would be taken for a folder. */
export const nameFile = (prompt: string): string => `${prompt.slice(0, 200).replace(/[\\/]/g, ' ')}.png`
