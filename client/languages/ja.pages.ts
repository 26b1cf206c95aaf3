import { machines } from '../i18n/ja/machines.ts'
import { check } from '../pages/check/texts/ja.ts'
import { diagnostics } from '../pages/diagnostics/texts/ja.ts'
import { statecharts } from '../pages/statecharts/texts/ja.ts'
import { inspector } from '../trace/stately/texts/ja.ts'
import type { PageTexts } from './translation.ts'

export const pages: PageTexts = { check, diagnostics, statecharts, inspector, machines }
