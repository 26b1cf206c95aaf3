import type { Attribute } from '../stun/attributes.ts'
import { encode } from '../stun/encode.ts'
import { reasons } from '../stun/error.ts'
import { has, type Kind } from '../stun/message.ts'
import type { ReceivedMessage, User } from './types.ts'
import type { Call } from './call.ts'
import type { Effect } from './effects.ts'
import type { Refusal } from './turnError.ts'

export const transactionOf = ({ message }: ReceivedMessage): string => Buffer.from(message.transaction).toString('hex')

export const success = (call: Call & { readonly user?: User }, values: readonly Attribute[]): Effect => answer(call, 'success', values)

/** Nothing for a request without valid credentials, over UDP, when its budget is used up. Each answer that a user's key seals is sent. */
export function failure(call: Call & { readonly user?: User }, { code, extra, isProven }: Refusal): Effect[] {
  const { counters, strangers, nonces } = call.core
  const isStranger = !call.user && !isProven
  if (isStranger && call.path.transport === 'udp' && !strangers.mayRefuse(call, nonces)) return withhold(call)
  counters.refused[code] = (counters.refused[code] ?? 0) + 1
  return [answer(call, 'error', [['errorCode', { code, reason: reasons[code] }], ...extra])]
}

/** The answer is due, but is not sent: its receiver may be somebody who never asked. */
export function withhold({ core }: Call): Effect[] {
  core.counters.withheld++
  return []
}

/** Sealed when the asker is known (RFC 8489 §9.2.4), with a FINGERPRINT when the question had one. */
function answer({ message, path, user }: Call & { readonly user?: User }, kind: Kind, values: readonly Attribute[]): Effect {
  const header = { kind, method: message.method, transaction: message.transaction }
  const packet = encode(header, values, { seal: user?.seal, key: user?.key, fingerprint: has(message, 'fingerprint') })
  return { type: 'send', to: path, packet }
}
