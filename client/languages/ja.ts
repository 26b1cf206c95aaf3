import { texts } from '../i18n/ja/texts.ts'
import { call } from '../pages/call/texts/ja.ts'
import { door } from '../pages/door/texts/ja.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, call, door }
