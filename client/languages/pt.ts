import { texts } from '../i18n/pt/texts.ts'
import { verification } from '../i18n/pt/verification.ts'
import { audio } from '../pages/audio/texts/pt.ts'
import { call } from '../pages/call/texts/pt.ts'
import { door } from '../pages/door/texts/pt.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, audio, call, door, verification }
