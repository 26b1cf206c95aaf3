import { isRecord } from '../../../../machines/protocol/traceFields.ts'
import type { EventFields } from './samples.ts'

/** Parses the edited fields of an event; null if the text is not a JSON object. */
export function parseFields(text: string): EventFields | null {
  try {
    const fields: unknown = JSON.parse(text)
    return isRecord(fields) ? fields : null
  } catch {
    return null
  }
}
