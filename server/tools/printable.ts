/** Replaces control and format characters. Text of another server could contain terminal escapes. */
export const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '?')
