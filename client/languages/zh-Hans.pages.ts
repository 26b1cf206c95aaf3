import { machines } from '../i18n/zh-Hans/machines.ts'
import { check } from '../pages/check/texts/zh-Hans.ts'
import { diagnostics } from '../pages/diagnostics/texts/zh-Hans.ts'
import { statecharts } from '../pages/statecharts/texts/zh-Hans.ts'
import { inspector } from '../trace/stately/texts/zh-Hans.ts'
import type { PageTexts } from './translation.ts'

export const pages: PageTexts = { check, diagnostics, statecharts, inspector, machines }
