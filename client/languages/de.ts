import { texts } from '../i18n/de/texts.ts'
import { verification } from '../i18n/de/verification.ts'
import { audio } from '../pages/audio/texts/de.ts'
import { call } from '../pages/call/texts/de.ts'
import { door } from '../pages/door/texts/de.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, audio, call, door, verification }
