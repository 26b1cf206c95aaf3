import { partTexts } from './texts.ts'
import { verification } from './verification.en.ts'

export type VerificationTexts = typeof verification

/** Loaded with the call screen. The translation comes with the first load. */
export const verificationTexts: VerificationTexts = partTexts('verification', verification)
