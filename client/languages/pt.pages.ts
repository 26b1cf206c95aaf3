import { machines } from '../i18n/pt/machines.ts'
import { check } from '../pages/check/texts/pt.ts'
import { diagnostics } from '../pages/diagnostics/texts/pt.ts'
import { statecharts } from '../pages/statecharts/texts/pt.ts'
import { inspector } from '../trace/stately/texts/pt.ts'
import type { PageTexts } from './translation.ts'

export const pages: PageTexts = { check, diagnostics, statecharts, inspector, machines }
