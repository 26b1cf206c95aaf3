import { texts } from '../i18n/fr/texts.ts'
import { verification } from '../i18n/fr/verification.ts'
import { audio } from '../pages/audio/texts/fr.ts'
import { call } from '../pages/call/texts/fr.ts'
import { door } from '../pages/door/texts/fr.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, audio, call, door, verification }
