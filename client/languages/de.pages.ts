import { machines } from '../i18n/de/machines.ts'
import { check } from '../pages/check/texts/de.ts'
import { diagnostics } from '../pages/diagnostics/texts/de.ts'
import { statecharts } from '../pages/statecharts/texts/de.ts'
import { inspector } from '../trace/stately/texts/de.ts'
import type { PageTexts } from './translation.ts'

export const pages: PageTexts = { check, diagnostics, statecharts, inspector, machines }
