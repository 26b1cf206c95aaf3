import { isSealedWith, longTermKey, sealOf, type Hash, type Seal } from '../stun/integrity.ts'
import { has, methods, read, type Message } from '../stun/message.ts'
import type { Call, UserCall } from './call.ts'
import type { User } from './types.ts'
import { algorithmOf, offered } from './passwordAlgorithms.ts'
import { Refusal } from './turnError.ts'
import { accountOf, passwordsOf, type Account } from './accounts.ts'

/** RFC 8489 §9.2.4, in its order. Throws Refusal. */
export function authenticate(call: Call): User {
  const { core, message, path, now } = call
  const seal = sealOf(message)
  if (!seal) throw challenge(call, 401)
  const { realm, nonce } = readClaims(message)
  const hash = algorithmOf(message)
  const user = realm === core.rules.realm ? knownUser(call, seal, hash) : undefined
  if (!user) throw challenge(call, 401)
  if (!core.nonces.isFresh(nonce, path.remote, now)) throw challenge(call, 438, core.nonces.isOurs(nonce, path.remote))
  return user
}

/** RFC 8656 §5: whoever made the allocation must make the later requests; another's Allocate is a 437 like any. Throws Refusal. */
export function checkOwner({ core, message, path, now, user }: UserCall): void {
  if (message.method === methods.allocate) return
  const owner = core.live(path.key, now)?.user.name
  if (owner !== undefined && owner !== user.name) throw new Refusal(441)
}

function challenge({ core: { rules, nonces }, path, now }: Call, code: 401 | 438, isProven = false): Refusal {
  return new Refusal(code, [['realm', rules.realm], ['nonce', nonces.make(path.remote, now)], ['passwordAlgorithms', offered]], isProven)
}

function readClaims(message: Message): { realm: string; nonce: string } {
  const isNamed = has(message, 'username') || has(message, 'userHash')
  if (!isNamed || !has(message, 'realm') || !has(message, 'nonce')) throw new Refusal(400)
  return { realm: read(message, 'realm')!, nonce: read(message, 'nonce')! }
}

/** An allocation outlives its credentials, unless the owner is strict: whoever holds its key may go on. */
function knownUser(call: Call, seal: Seal, hash: Hash): User | undefined {
  const { core, message, path, now } = call
  const userHash = read(message, 'userHash')
  const name = userHash ? core.hiddenNames.get(Buffer.from(userHash).toString('hex')) : read(message, 'username')
  if (name === undefined) return undefined
  const holder = core.live(path.key, now)?.user
  const held = holder?.name === name && holder.endsAt > now ? sealedBy(call, holder, seal, hash) : undefined
  return held ?? accountUser(call, accountOf(core.rules, name, now), seal, hash)
}

/** The user under this seal, if it was made with the user's password. */
function sealedBy({ core, message }: Call, user: User, seal: Seal, hash: Hash): User | undefined {
  const key = user.hash === hash ? user.key : longTermKey(user.name, core.rules.realm, user.password, hash)
  if (!isSealedWith(message, seal, key)) return undefined
  return user.key === key && user.seal === seal ? user : { ...user, key, hash, seal }
}

function accountUser(call: Call, account: Account | undefined, seal: Seal, hash: Hash): User | undefined {
  if (!account) return undefined
  const { core, message } = call
  const before = core.knownUsers.get(account.name)
  const again = before && sealedBy(call, before.endsAt === account.endsAt ? before : { ...before, endsAt: account.endsAt }, seal, hash)
  if (again) return again
  for (const password of passwordsOf(core.rules, account)) {
    const key = longTermKey(account.name, core.rules.realm, password, hash)
    if (!isSealedWith(message, seal, key)) continue
    const user = { ...account, password, key, hash, seal }
    core.knownUsers.set(user)
    return user
  }
  return undefined
}
