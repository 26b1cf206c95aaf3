import { texts } from '../i18n/es/texts.ts'
import { verification } from '../i18n/es/verification.ts'
import { audio } from '../pages/audio/texts/es.ts'
import { call } from '../pages/call/texts/es.ts'
import { door } from '../pages/door/texts/es.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, audio, call, door, verification }
