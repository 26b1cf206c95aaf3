import { machines } from '../i18n/fr/machines.ts'
import { check } from '../pages/check/texts/fr.ts'
import { diagnostics } from '../pages/diagnostics/texts/fr.ts'
import { statecharts } from '../pages/statecharts/texts/fr.ts'
import { inspector } from '../trace/stately/texts/fr.ts'
import type { PageTexts } from './translation.ts'

export const pages: PageTexts = { check, diagnostics, statecharts, inspector, machines }
