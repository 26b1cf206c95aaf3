import { createHash } from 'node:crypto'
import type { PasswordAlgorithm } from '../stun/algorithms.ts'
import type { Hash } from '../stun/integrity.ts'
import { read, type Message } from '../stun/message.ts'
import { Refusal } from './turnError.ts'

/** RFC 8489 §18.5.1, the stronger first. */
const ids = { sha256: 2, md5: 1 } as const satisfies Record<Hash, number>

const none = new Uint8Array()

/** What every challenge offers, and what the request must show again. */
export const offered: readonly PasswordAlgorithm[] = Object.values(ids).map((id) => ({ id, parameters: none }))

/** RFC 8489 §9.2, §18.1: what a nonce begins with; the features' 24 bits are counted from the left. */
export function nonceCookie(isAnonymous: boolean): string {
  const [passwordAlgorithms, usernameAnonymity] = [0x80, 0x40]
  return `obMatJos2${Buffer.from([passwordAlgorithms | (isAnonymous ? usernameAnonymity : 0), 0, 0]).toString('base64')}`
}

/**
 * RFC 8489 §9.2.4: the algorithm of the key. Who names one must show the list that our challenge offered, so that nobody on
 * the way can have made it shorter. (A nonce without the cookie is not ours, and refused later.)
 */
export function algorithmOf(message: Message): Hash {
  const list = read(message, 'passwordAlgorithms')
  const chosen = read(message, 'passwordAlgorithm')
  if (!list && !chosen) return 'md5'
  const hash = (Object.keys(ids) as Hash[]).find((name) => ids[name] === chosen?.id)
  const isOurs = list?.length === offered.length && list.every((one, i) => isSame(one, offered[i]!))
  if (!isOurs || !hash || chosen!.parameters.length > 0) throw new Refusal(400)
  return hash
}

const isSame = (a: PasswordAlgorithm, b: PasswordAlgorithm): boolean => a.id === b.id && a.parameters.length === b.parameters.length

/** RFC 8489 §14.4. */
export const userHashOf = (name: string, realm: string): string => createHash('sha256').update(`${name}:${realm}`).digest('hex')
