export interface Credentials {
  username: string
  credential: string
}

export interface CheckOptions {
  /** How long one answer may take, with retransmissions. Default 3000 ms. */
  patienceMs?: number
}

export type StepName = 'resolve' | 'connect' | 'binding' | 'allocate' | 'permission' | 'relay'

export interface CheckStep {
  name: StepName
  /** What was found, or why it failed, in words. */
  detail: string
  milliseconds: number
}

/** `steps` holds what succeeded, in order; `failed` the step that did not, after which nothing was tried. */
export interface CheckResult {
  url: string
  ok: boolean
  steps: readonly CheckStep[]
  failed?: CheckStep
}

/**
 * Tries one `stun:` or `turn:` URL as a browser would: Binding; for `turn:` two allocations and one packet through both.
 * Never rejects: what went wrong is in the result.
 */
export async function checkUrl(_url: string, _credentials?: Credentials, _options: CheckOptions = {}): Promise<CheckResult> {
  throw new Error('not yet')
}
