import { passwordOf } from '../credentials.ts'
import { isSealedWith, longTermKey, sealOf, type Seal } from '../stun/integrity.ts'
import { has, read, type Message } from '../stun/message.ts'
import type { UserCall } from './call.ts'
import type { Core } from './core.ts'
import type { Path } from './path.ts'
import { Refusal } from './refusal.ts'

/** Who is behind a request, and how the answer is sealed. */
export interface User {
  readonly name: string
  /** What quotas are counted by. */
  readonly id: string
  readonly key: Uint8Array
  readonly seal: Seal
}

/** RFC 8489 §9.2.4, in its order. Throws Refusal. */
export function authenticate(core: Core, message: Message, path: Path, now: number): User {
  const seal = sealOf(message)
  if (!seal) throw challenge(core, 401, path, now)
  const { name, realm, nonce } = readClaims(message)
  const user = realm === core.rules.realm ? knownUser(core, message, path, now, name, seal) : undefined
  if (!user) throw challenge(core, 401, path, now)
  if (!core.nonces.isFresh(nonce, path.remote, now)) throw challenge(core, 438, path, now)
  return user
}

/** RFC 8656 §5: whoever made the allocation must make the later requests. Throws Refusal. */
export function checkOwner({ core, path, now, user }: UserCall): void {
  const owner = core.live(path.key, now)?.user.name
  if (owner !== undefined && owner !== user.name) throw new Refusal(441)
}

function challenge({ rules, nonces }: Core, code: 401 | 438, path: Path, now: number): Refusal {
  return new Refusal(code, [['realm', rules.realm], ['nonce', nonces.make(path.remote, now)]])
}

function readClaims(message: Message): { name: string; realm: string; nonce: string } {
  if (!has(message, 'username') || !has(message, 'realm') || !has(message, 'nonce')) throw new Refusal(400)
  return { name: read(message, 'username')!, realm: read(message, 'realm')!, nonce: read(message, 'nonce')! }
}

/** An allocation outlives its credentials: whoever holds its key may go on. */
function knownUser(core: Core, message: Message, path: Path, now: number, name: string, seal: Seal): User | undefined {
  const holder = core.live(path.key, now)?.user
  if (holder?.name === name && isSealedWith(message, seal, holder.key)) return { ...holder, seal }
  if (!isUnexpired(name, now)) return undefined
  const keys = core.rules.secrets.map((secret) => longTermKey(name, core.rules.realm, passwordOf(secret, name)))
  const key = keys.find((candidate) => isSealedWith(message, seal, candidate))
  return key && { name, id: idOf(name), key, seal }
}

const restName = /^(\d{1,11})(?::(.*))?$/s

/** draft-uberti-behave-turn-rest-00 §2.2: the name begins with the second it ends at. */
function isUnexpired(name: string, now: number): boolean {
  const match = restName.exec(name)
  return match !== null && Number(match[1]) * 1000 > now
}

/** Without an id each name is a user of its own. */
const idOf = (name: string): string => restName.exec(name)?.[2] || name
