import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { startupHoldMs } from '../../../server/rooms/startupHold.ts'
import { candidate, newJoinKey, offer, type TestSubscription } from '../testClient.ts'
import { openServerFixture, type ServerFixture } from '../serverFixture.ts'

const folders: string[] = []
const open: ServerFixture[] = []

afterEach(async () => {
  for (const fixture of open.splice(0)) await fixture.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duet-state-'))
  folders.push(folder)
  return folder
}

const start = async (
  env: Record<string, string>,
  overrides: Parameters<typeof openServerFixture>[0] = {},
): Promise<ServerFixture> => {
  const fixture = await openServerFixture(overrides, env)
  open.push(fixture)
  return fixture
}

const end = (fixture: ServerFixture): Promise<void> => {
  open.splice(open.indexOf(fixture), 1)
  return fixture.close()
}

/** Joins two visitors with flowing media. Returns their tokens and positions. */
async function inACall({ newClient }: ServerFixture, room = 'blue-door') {
  const [ann, ben] = [newClient().join(room), newClient().join(room)]
  const annIsIn = await ann.joined()
  const benIsIn = await ben.joined()
  for (const one of [ann, ben]) await one.expectEvent('ready')
  for (const one of [ann, ben]) await one.reportMedia('flowing')
  const positions = [(await ann.expectEvent('full')).id, (await ben.expectEvent('full')).id]
  return { ann, ben, annIsIn, benIsIn, positions }
}

const returning = (
  fixture: ServerFixture,
  { token }: { token: string },
  lastEventId: string | undefined,
  room = 'blue-door',
): TestSubscription =>
  fixture.newClient().join(room, { token, mediaFlow: 'flowing', requestedAt: 2, ...(lastEventId && { lastEventId }) })

describe('after a graceful shutdown', () => {
  test('both holders resume their seats in a full room from their positions', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { ann, annIsIn, benIsIn, positions } = await inACall(first)
    await ann.send(offer('a1.1'), 1)
    await end(first)

    const second = await start(env)
    expect(await second.newClient().join('blue-door').rejected()).toBe('full')
    const [annAgain, benAgain] = [returning(second, annIsIn, positions[0]), returning(second, benIsIn, positions[1])]
    expect(await annAgain.joined()).toMatchObject({ seat: 'a', resumed: true, state: 'full', acked: 1 })
    expect(await benAgain.joined()).toMatchObject({ seat: 'b', resumed: true, state: 'full', acked: 0 })
    expect((await benAgain.expectEvent('message')).message).toMatchObject({ type: 'offer' })
  })

  test('an offer stored for an empty seat is restored', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const ann = first.newClient().join('red-door')
    await ann.joined()
    await ann.send(offer('a1.1'))
    await ann.send(candidate('a1.1', 5000))
    await end(first)
    const ben = (await start(env)).newClient().join('red-door')
    expect(await ben.joined()).toMatchObject({ seat: 'b', peer: 'disconnected' })
    expect((await ben.expectEvent('message')).message).toMatchObject({ type: 'offer', connection: 'a1.1' })
    expect((await ben.expectEvent('message')).message).toMatchObject({ type: 'candidate', connection: 'a1.1' })
  })

  test('a restored seat has a full grace period', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { annIsIn } = await inACall(first)
    await end(first)
    const second = await start(env, { socketTimeouts: { serverPingIntervalMs: 1e9 } })
    const ann = returning(second, annIsIn, undefined)
    await ann.joined()
    second.clock.advance(timeouts.seatGraceMs - 1)
    expect(await second.newClient().join('blue-door').rejected()).toBe('full')
    // The next sweep frees the seat.
    second.clock.advance(1_000)
    await ann.expectEvent('ready')
    await ann.expectEvent('peer.left')
    expect(await second.newClient().join('blue-door').joined()).toMatchObject({ seat: 'b' })
  })

  test('a token replaced before the shutdown returns seat-lost after it', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const ann = first.newClient().join('blue-door')
    let { token } = await ann.joined()
    const old = token
    for (let asked = 1; asked <= 3; asked++)
      ({ token } = await first.newClient().join('blue-door', { token, requestedAt: asked }).joined())
    await end(first)
    const second = await start(env)
    expect(await second.newClient().join('blue-door', { token: old, requestedAt: 9 }).rejected()).toBe('seat-lost')
    expect(await second.newClient().join('blue-door', { token, requestedAt: 9 }).joined()).toMatchObject({
      seat: 'a',
      resumed: true,
    })
  })

  test('the server deletes the state file before it accepts joins', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    await inACall(first)
    await end(first)
    expect(readdirSync(env.DUET_STATE).sort()).toEqual(['rooms.json', 'secret'])
    for (const name of ['rooms.json', 'secret']) expect(statSync(join(env.DUET_STATE, name)).mode & 0o777).toBe(0o600)
    await start(env)
    expect(readdirSync(env.DUET_STATE).sort()).toEqual(['running.json', 'secret'])
  })

  test('epochs keep growing in a room created after the restart', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const visit = first.newClient().join('green-door')
    const { epoch } = await visit.joined()
    await visit.leave()
    await end(first)
    expect((await (await start(env)).newClient().join('green-door').joined()).epoch).toBeGreaterThan(epoch)
  })

  test('with an unreadable state file, holders rejoin by their tokens', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { annIsIn } = await inACall(first)
    await end(first)
    writeFileSync(
      join(env.DUET_STATE, 'rooms.json'),
      readFileSync(join(env.DUET_STATE, 'rooms.json'), 'utf8').slice(0, -20),
    )
    const second = await start(env)
    await second.waitForLog('state file unreadable: ignored')
    expect(await returning(second, annIsIn, undefined).joined()).toMatchObject({ seat: 'a' })
  })
})

/** The state after a crash: the secret is known, the rooms are lost. */
const afterCrash = { DUET_SECRET: 'a secret of the tests', DUET_STATE: 'off' }

describe('after a crash', () => {
  test('new joins wait for the startup hold; both holders restore their seats, then a visitor gets full', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const { annIsIn, benIsIn, positions } = await inACall(first)
    await end(first)
    const second = await start(afterCrash)
    const outsider = second.newClient().join('blue-door')
    const [ben, ann] = [returning(second, benIsIn, positions[1]), returning(second, annIsIn, positions[0])]
    const seats = [await ann.joined(), await ben.joined()]
    expect(seats.map(({ seat }) => seat)).toEqual(['a', 'b'])
    for (const { epoch } of seats) expect(epoch).toBeGreaterThan(benIsIn.epoch)
    await ann.expectEvent('ready')
    expect(outsider.unread).toEqual([])
    second.clock.advance(startupHoldMs)
    expect(await outsider.rejected()).toBe('full')
  })

  test.each(['a', 'b'] as const)(
    'after the holder of seat %s rejoins a call, the other seat stays reserved for its holder',
    async (seat) => {
      const first = await start(afterCrash)
      first.clock.advance(startupHoldMs)
      const { annIsIn, benIsIn, positions } = await inACall(first)
      const [one, other] = seat === 'a' ? [annIsIn, benIsIn] : [benIsIn, annIsIn]
      await end(first)
      const second = await start(afterCrash)
      expect(await returning(second, one, positions[0]).joined()).toMatchObject({
        seat,
        state: 'created',
        resumed: false,
      })
      second.clock.advance(startupHoldMs)
      expect(await second.newClient().join('blue-door').rejected()).toBe('full')
      expect(await returning(second, other, positions[1]).joined()).toMatchObject({ seat: other.seat, state: 'ready' })
    },
  )

  test('a first report of media before the peer returns makes the room full when the peer reports', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const visits = [first.newClient().join('blue-door'), first.newClient().join('blue-door')] as const
    const [annIsIn, benIsIn] = [await visits[0].joined(), await visits[1].joined()]
    await end(first)
    const second = await start(afterCrash)
    const rejoin = ({ token }: { token: string }): TestSubscription =>
      second.newClient().join('blue-door', { token, requestedAt: 2 })
    const ann = rejoin(annIsIn)
    await ann.joined()
    await ann.reportMedia('flowing')
    const ben = rejoin(benIsIn)
    await ben.joined()
    await ben.reportMedia('flowing')
    await ann.expectEvent('ready')
    await ann.expectEvent('full')
  })

  test('the reservation of a seat ends after seatGraceMs', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const { annIsIn } = await inACall(first)
    await end(first)
    const second = await start(afterCrash)
    await returning(second, annIsIn, undefined).joined()
    second.clock.advance(timeouts.seatGraceMs)
    await second.waitForLog('time.passed')
    expect(await second.newClient().join('blue-door').joined()).toMatchObject({ seat: 'b' })
  })

  test('the newer of two tokens of one seat wins, in either order', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const older = await first.newClient().join('blue-door').joined()
    const newer = await first.newClient().join('blue-door', { token: older.token, requestedAt: 1 }).joined()
    await end(first)
    const second = await start(afterCrash)
    const thief = returning(second, older, undefined)
    await thief.joined()
    const holder = returning(second, newer, undefined)
    expect(await holder.joined()).toMatchObject({ seat: 'a' })
    await thief.expectEvent('seat.replaced')
    expect(
      await second
        .newClient()
        .join('blue-door', { token: older.token, requestedAt: 9, joinKey: newJoinKey() })
        .rejected(),
    ).toBe('seat-lost')
  })

  test('a token of another room or secret, or a modified token, returns seat-lost', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const { token } = await first.newClient().join('blue-door').joined()
    const otherServer = await start({ DUET_SECRET: 'another secret of the tests', DUET_STATE: 'off' })
    otherServer.clock.advance(startupHoldMs)
    const { token: foreign } = await otherServer.newClient().join('blue-door').joined()
    await end(first)
    const second = await start(afterCrash)
    second.clock.advance(startupHoldMs)
    for (const [room, presented] of [
      ['red-door', token],
      ['blue-door', foreign],
      ['blue-door', `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`],
    ] as const) {
      expect(await second.newClient().join(room, { token: presented }).rejected()).toBe('seat-lost')
    }
  })

  test('joins that waited for the hold count towards the rate limits; a full hold delays no holder', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const { token } = await first.newClient().join('blue-door').joined()
    await end(first)
    const second = await start(afterCrash, { limits: { newRoomsPerAddressPerMinute: 3, waitingJoinsPerNetwork: 40 } })
    const guesses = []
    for (let client = 0; client < 8; client++) {
      const guesser = second.newClient()
      for (let nth = 0; nth < 5; nth++) guesses.push(guesser.join(`name-${client}-${nth}`))
      // Answered after the joins arrived.
      await guesser.trpc.ice.servers.query()
    }
    expect(await second.newClient().join('late').rejected()).toBe('unavailable')
    expect(await second.newClient().join('blue-door', { token }).joined()).toMatchObject({ seat: 'a' })
    second.clock.advance(startupHoldMs)
    const answers = await Promise.all(guesses.map((guess) => guess.next()))
    const rejectedCount = answers.filter((answer) => typeof answer === 'object' && 'errorCode' in answer).length
    expect(rejectedCount).toBeGreaterThanOrEqual(40 - 10)
  })

  test('a token signed with a rotated secret is accepted', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const { token } = await first.newClient().join('blue-door').joined()
    await end(first)
    const second = await start({ ...afterCrash, DUET_SECRET: `a newer secret of the tests,${afterCrash.DUET_SECRET}` })
    expect(await second.newClient().join('blue-door', { token }).joined()).toMatchObject({ seat: 'a' })
  })

  test('genuine tokens are never throttled and never count as failed joins; forged ones do', async () => {
    const first = await start(afterCrash)
    first.clock.advance(startupHoldMs)
    const holders = await Promise.all(
      Array.from({ length: 10 }, (_, nth) => first.newClient().join(`room-${nth}`).joined()),
    )
    await end(first)
    const second = await start(afterCrash, {
      limits: { failedJoinsPerAddressPerMinute: 5, failedJoinsPerSocketPerMinute: 1 },
    })
    second.clock.advance(startupHoldMs)
    for (let forged = 0; forged < 6; forged++)
      expect(await second.newClient().join('room-0', { token: newJoinKey() }).rejected()).toBe(
        forged < 5 ? 'seat-lost' : 'throttled',
      )
    for (const { room, token } of holders) {
      const visit = second.newClient().join(room, { token })
      await visit.joined()
      await visit.leave()
      expect(await second.newClient().join(room, { token, requestedAt: 9 }).joined()).toMatchObject({ seat: 'a' })
    }
  })
})

describe('the state directory', () => {
  test('the first start has no startup hold', async () => {
    const fixture = await start({ DUET_STATE: newFolder() })
    expect(await fixture.newClient().join('blue-door').joined()).toMatchObject({ seat: 'a' })
  })

  test('a leftover running.json without rooms.json counts as a crash and holds back new joins', async () => {
    const env = { DUET_STATE: newFolder() }
    await end(await start(env))
    writeFileSync(
      join(env.DUET_STATE, 'running.json'),
      JSON.stringify({ pid: process.pid, started: 'long ago', epoch: 5 }),
    )
    rmSync(join(env.DUET_STATE, 'rooms.json'))
    const fixture = await start(env)
    await fixture.waitForLog('rooms unknown after a crash: delaying new joins')
  })

  test('a second server on the same directory runs without state and keeps the first one’s rooms', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { annIsIn } = await inACall(first)
    const second = await start(env)
    await second.waitForLog(
      'state directory in use by another server: rooms are lost when this server ends. Set DUET_STATE to another directory.',
    )
    expect(await second.newClient().join('blue-door').joined()).toMatchObject({ seat: 'a', peer: 'absent' })
    await end(second)
    await end(first)
    expect(await returning(await start(env), annIsIn, undefined).joined()).toMatchObject({ seat: 'a', resumed: true })
  })

  test('an unwritable directory is logged once, and the server runs in memory', async () => {
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    const fixture = await start({ DUET_STATE: join(file, 'folder') })
    expect(fixture.logLines.filter((line) => line.includes('state directory unavailable'))).toHaveLength(1)
    expect(await fixture.newClient().join('blue-door').joined()).toMatchObject({ seat: 'a' })
  })

  test('a secret file that is too short stops the start with one error line', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'secret'), 'short\n')
    await expect(start({ DUET_STATE: folder })).rejects.toThrow(/^DUET_STATE: [^\n]+$/)
  })
})
