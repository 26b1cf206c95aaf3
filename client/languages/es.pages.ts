import { machines } from '../i18n/es/machines.ts'
import { check } from '../pages/check/texts/es.ts'
import { diagnostics } from '../pages/diagnostics/texts/es.ts'
import { statecharts } from '../pages/statecharts/texts/es.ts'
import { inspector } from '../trace/stately/texts/es.ts'
import type { PageTexts } from './translation.ts'

export const pages: PageTexts = { check, diagnostics, statecharts, inspector, machines }
