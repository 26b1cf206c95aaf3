import type { AllDescriptions } from '../i18n/machineDescriptions.ts'
import type { Texts } from '../i18n/texts.ts'
import type { VerificationTexts } from '../i18n/verificationTexts.ts'
import type { AudioTexts } from '../pages/audio/texts.ts'
import type { CallTexts } from '../pages/call/texts.ts'
import type { CheckTexts } from '../pages/check/texts.ts'
import type { DiagnosticsTexts } from '../pages/diagnostics/texts.ts'
import type { DoorTexts } from '../pages/door/texts.ts'
import type { StatechartsTexts } from '../pages/statecharts/texts.ts'
import type { InspectorTexts } from '../trace/stately/texts.ts'

/** The texts of start page, lobby and call. */
export interface FirstTexts {
  texts: Texts
  audio: AudioTexts
  call: CallTexts
  door: DoorTexts
  verification: VerificationTexts
}

/** The texts of the pages that load on demand, and the meaning of the machines. */
export interface PageTexts {
  check: CheckTexts
  diagnostics: DiagnosticsTexts
  statecharts: StatechartsTexts
  inspector: InspectorTexts
  machines: AllDescriptions
}

/** Two chunks of a language. */
export interface Translation {
  first(): Promise<{ first: FirstTexts }>
  pages(): Promise<{ pages: PageTexts }>
}
