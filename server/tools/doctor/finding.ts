/** `failed`: Duet does not work. `warning`: it works worse than it could. `skipped`: this check was not possible. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped'

/** The result of one check, as one line. */
export interface Finding {
  /** The subject, such as `web port`. */
  check: string
  status: Status
  /** The observation, as one sentence. */
  detail: string
  /** The remedy, as sentences. */
  advice?: string
}

/** Creates the findings of one check. */
export const findingsOf = (check: string) => ({
  ok: (detail: string): Finding => ({ check, status: 'ok', detail }),
  skipped: (detail: string): Finding => ({ check, status: 'skipped', detail }),
  warning: (detail: string, advice: string): Finding => ({ check, status: 'warning', detail, advice }),
  failed: (detail: string, advice: string): Finding => ({ check, status: 'failed', detail, advice }),
})
