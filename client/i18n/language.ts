/** The languages of the user interface, as BCP 47 tags. The first one is the fallback. */
export const languages = ['en'] as const
export type Language = (typeof languages)[number]
