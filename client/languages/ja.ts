import { texts } from '../i18n/ja/texts.ts'
import { verification } from '../i18n/ja/verification.ts'
import { audio } from '../pages/audio/texts/ja.ts'
import { call } from '../pages/call/texts/ja.ts'
import { door } from '../pages/door/texts/ja.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, audio, call, door, verification }
