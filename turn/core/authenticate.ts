import {
  hasValidIntegrity,
  longTermKey,
  findIntegrity,
  type PasswordHash,
  type IntegrityAlgorithm,
} from '../stun/integrity.ts'
import { has, methods, read, type Message } from '../stun/message.ts'
import type { AuthenticatedRequest, Request, User } from './types.ts'
import type { ServerState } from './serverState.ts'
import { selectPasswordHash, offeredAlgorithms } from './passwordAlgorithms.ts'
import { TurnError } from './turnError.ts'
import { findAccount, candidatePasswords, type Account } from './accounts.ts'

/** Runs the checks of RFC 8489 §9.2.4 in that order and returns the user. @throws {TurnError} 400, 401 or 438 */
export function authenticate(state: ServerState, request: Request): User {
  const { message, fiveTuple, now } = request
  const integrity = findIntegrity(message)
  if (!integrity) throw createChallenge(state, request, 401)
  const { realm, nonce } = readRealmAndNonce(message)
  const passwordHash = selectPasswordHash(message)
  const user = realm === state.rules.realm ? findUser(state, request, integrity, passwordHash) : undefined
  if (!user) throw createChallenge(state, request, 401)
  if (!state.nonces.isFresh(nonce, fiveTuple.remote, now))
    throw createChallenge(state, request, 438, state.nonces.isIssuedTo(nonce, fiveTuple.remote))
  return user
}

/**
 * RFC 8656 §5: later requests must come from the user of the allocation. `handleAllocate` answers its own case with
 * 437.
 * @throws {TurnError} 441
 */
export function checkAllocationUser(state: ServerState, { message, fiveTuple, now, user }: AuthenticatedRequest): void {
  if (message.method === methods.allocate) return
  const allocationUser = state.findAllocation(fiveTuple.key, now)?.user.name
  if (allocationUser !== undefined && allocationUser !== user.name) throw new TurnError(441)
}

function createChallenge(
  { rules, nonces }: ServerState,
  { fiveTuple, now }: Request,
  code: 401 | 438,
  isClientVerified = false,
): TurnError {
  return new TurnError(
    code,
    [
      ['realm', rules.realm],
      ['nonce', nonces.create(fiveTuple.remote, now)],
      ['passwordAlgorithms', offeredAlgorithms],
    ],
    isClientVerified,
  )
}

function readRealmAndNonce(message: Message): { realm: string; nonce: string } {
  const isNamed = has(message, 'username') || has(message, 'userHash')
  if (!isNamed || !has(message, 'realm') || !has(message, 'nonce')) throw new TurnError(400)
  return { realm: read(message, 'realm')!, nonce: read(message, 'nonce')! }
}

/** Unless expiry is strict, an allocation outlives its credentials: its key keeps authenticating. */
function findUser(
  state: ServerState,
  { message, fiveTuple, now }: Request,
  integrity: IntegrityAlgorithm,
  passwordHash: PasswordHash,
): User | undefined {
  const userHash = read(message, 'userHash')
  const name = userHash ? state.namesByUserHash.get(Buffer.from(userHash).toString('hex')) : read(message, 'username')
  if (name === undefined) return undefined
  const current = state.findAllocation(fiveTuple.key, now)?.user
  const verified =
    current?.name === name && current.expiresAt > now
      ? verifyUser(state, message, current, integrity, passwordHash)
      : undefined
  return verified ?? verifyAccount(state, message, findAccount(state.rules, name, now), integrity, passwordHash)
}

/** Returns the user with this integrity algorithm if the HMAC matches the user's password. */
function verifyUser(
  { rules }: ServerState,
  message: Message,
  user: User,
  integrity: IntegrityAlgorithm,
  passwordHash: PasswordHash,
): User | undefined {
  const key =
    user.passwordHash === passwordHash ? user.key : longTermKey(user.name, rules.realm, user.password, passwordHash)
  if (!hasValidIntegrity(message, integrity, key)) return undefined
  return user.key === key && user.integrity === integrity ? user : { ...user, key, passwordHash, integrity }
}

function verifyAccount(
  state: ServerState,
  message: Message,
  account: Account | undefined,
  integrity: IntegrityAlgorithm,
  passwordHash: PasswordHash,
): User | undefined {
  if (!account) return undefined
  const cached = state.knownUsers.get(account.name)
  const current =
    cached && (cached.expiresAt === account.expiresAt ? cached : { ...cached, expiresAt: account.expiresAt })
  const reused = current && verifyUser(state, message, current, integrity, passwordHash)
  if (reused) return reused
  for (const password of candidatePasswords(state.rules, account)) {
    const key = longTermKey(account.name, state.rules.realm, password, passwordHash)
    if (!hasValidIntegrity(message, integrity, key)) continue
    const user = { ...account, password, key, passwordHash, integrity }
    state.knownUsers.set(user)
    return user
  }
  return undefined
}
