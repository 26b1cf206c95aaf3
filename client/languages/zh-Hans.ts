import { texts } from '../i18n/zh-Hans/texts.ts'
import { verification } from '../i18n/zh-Hans/verification.ts'
import { audio } from '../pages/audio/texts/zh-Hans.ts'
import { call } from '../pages/call/texts/zh-Hans.ts'
import { door } from '../pages/door/texts/zh-Hans.ts'
import type { FirstTexts } from './translation.ts'

export const first: FirstTexts = { texts, audio, call, door, verification }
