import { texts } from '../i18n/fr/texts.ts'
import { call } from '../pages/call/texts/fr.ts'
import { door } from '../pages/door/texts/fr.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, call, door }
