import { createHash } from 'node:crypto'
import type { PasswordAlgorithm } from '../stun/algorithms.ts'
import type { PasswordHash } from '../stun/integrity.ts'
import { read, type Message } from '../stun/message.ts'
import { TurnError } from './turnError.ts'

/** RFC 8489 §18.5.1, strongest first. */
const algorithmIds = { sha256: 2, md5: 1 } as const satisfies Record<PasswordHash, number>

const noParameters = new Uint8Array()

/** The list that every challenge offers and the request must repeat. */
export const offeredAlgorithms: readonly PasswordAlgorithm[] = Object.values(algorithmIds).map((id) => ({
  id,
  parameters: noParameters,
}))

/** Returns the prefix of every nonce (RFC 8489 §9.2, §18.1). The 24 feature bits are counted from the left. */
export function createNonceCookie(isAnonymous: boolean): string {
  const [passwordAlgorithms, usernameAnonymity] = [0x80, 0x40]
  return `obMatJos2${Buffer.from([passwordAlgorithms | (isAnonymous ? usernameAnonymity : 0), 0, 0]).toString('base64')}`
}

/**
 * Returns the algorithm of the key (RFC 8489 §9.2.4). A request with an algorithm must repeat the offered list.
 * So an on-path attacker cannot have shortened it. (A nonce without the cookie fails the nonce check later.)
 * @throws {TurnError} 400
 */
export function selectPasswordHash(message: Message): PasswordHash {
  const list = read(message, 'passwordAlgorithms')
  const chosen = read(message, 'passwordAlgorithm')
  if (!list && !chosen) return 'md5'
  const hash = (Object.keys(algorithmIds) as PasswordHash[]).find((name) => algorithmIds[name] === chosen?.id)
  const isOffered =
    list?.length === offeredAlgorithms.length && list.every((one, i) => isSameAlgorithm(one, offeredAlgorithms[i]!))
  if (!isOffered || !hash || chosen!.parameters.length > 0) throw new TurnError(400)
  return hash
}

const isSameAlgorithm = (a: PasswordAlgorithm, b: PasswordAlgorithm): boolean =>
  a.id === b.id && a.parameters.length === b.parameters.length

/** Returns the USERHASH of a name as hex (RFC 8489 §14.4). */
export const computeUserHash = (name: string, realm: string): string =>
  createHash('sha256').update(`${name}:${realm}`).digest('hex')
