import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { timers } from '../../../machines/protocol/timeouts.ts'
import { holdMs } from '../../../server/rooms/startHold.ts'
import { candidate, newKey, offer, type Visit } from '../people.ts'
import { openWorld, type World } from '../world.ts'

const folders: string[] = []
const open: World[] = []

afterEach(async () => {
  for (const world of open.splice(0)) await world.end()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duet-state-'))
  folders.push(folder)
  return folder
}

const start = async (env: Record<string, string>, overrides: Parameters<typeof openWorld>[0] = {}): Promise<World> => {
  const world = await openWorld(overrides, env)
  open.push(world)
  return world
}

const end = (world: World): Promise<void> => {
  open.splice(open.indexOf(world), 1)
  return world.end()
}

/** Two holders whose media flows, and what their pages keep. */
async function inACall({ person }: World, room = 'blue-door') {
  const [ann, ben] = [person().visit(room), person().visit(room)]
  const annIsIn = await ann.joined()
  const benIsIn = await ben.joined()
  for (const one of [ann, ben]) await one.hears('ready')
  for (const one of [ann, ben]) await one.report('flowing')
  const positions = [(await ann.hears('full')).id, (await ben.hears('full')).id]
  return { ann, ben, annIsIn, benIsIn, positions }
}

const returning = (world: World, { token }: { token: string }, lastEventId: string | undefined, room = 'blue-door'): Visit =>
  world.person().visit(room, { token, media: 'flowing', asked: 2, ...(lastEventId && { lastEventId }) })

describe('after an orderly end', () => {
  test('both holders resume their seats in a full room, whoever asks first, and go on where they stopped', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { ann, annIsIn, benIsIn, positions } = await inACall(first)
    await ann.say(offer('a1.1'), 1)
    await end(first)

    const second = await start(env)
    expect(await second.person().visit('blue-door').refused()).toBe('full')
    const [annAgain, benAgain] = [returning(second, annIsIn, positions[0]), returning(second, benIsIn, positions[1])]
    expect(await annAgain.joined()).toMatchObject({ seat: 'a', resumed: true, state: 'full', said: 1 })
    expect(await benAgain.joined()).toMatchObject({ seat: 'b', resumed: true, state: 'full', said: 0 })
    expect((await benAgain.hears('message')).message).toMatchObject({ type: 'offer' })
  })

  test('an offer that waits for a visitor is still there', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const ann = first.person().visit('red-door')
    await ann.joined()
    await ann.say(offer('a1.1'))
    await ann.say(candidate('a1.1', 5000))
    await end(first)
    const ben = (await start(env)).person().visit('red-door')
    expect(await ben.joined()).toMatchObject({ seat: 'b', peer: 'away' })
    expect((await ben.hears('message')).message).toMatchObject({ type: 'offer', connection: 'a1.1' })
    expect((await ben.hears('message')).message).toMatchObject({ type: 'candidate', connection: 'a1.1' })
  })

  test('a seat is kept for a fresh grace, and then it is free', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { annIsIn } = await inACall(first)
    await end(first)
    const second = await start(env, { limits: { serverPing: 1e9 } })
    const ann = returning(second, annIsIn, undefined)
    await ann.joined()
    second.clock.pass(timers.grace - 1)
    expect(await second.person().visit('blue-door').refused()).toBe('full')
    // By the next sweep.
    second.clock.pass(1_000)
    await ann.hears('ready')
    await ann.hears('peer.left')
    expect(await second.person().visit('blue-door').joined()).toMatchObject({ seat: 'b' })
  })

  test('a token that was replaced before the end is refused after it', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const ann = first.person().visit('blue-door')
    let { token } = await ann.joined()
    const old = token
    for (let asked = 1; asked <= 3; asked++) ({ token } = await first.person().visit('blue-door', { token, asked }).joined())
    await end(first)
    const second = await start(env)
    expect(await second.person().visit('blue-door', { token: old, asked: 9 }).refused()).toBe('seat-lost')
    expect(await second.person().visit('blue-door', { token, asked: 9 }).joined()).toMatchObject({ seat: 'a', resumed: true })
  })

  test('the rooms are read once: they are gone from the folder before anybody is let in', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    await inACall(first)
    await end(first)
    expect(readdirSync(env.DUET_STATE).sort()).toEqual(['rooms.json', 'secret'])
    for (const name of ['rooms.json', 'secret']) expect(statSync(join(env.DUET_STATE, name)).mode & 0o777).toBe(0o600)
    await start(env)
    expect(readdirSync(env.DUET_STATE).sort()).toEqual(['running.json', 'secret'])
  })

  test('epochs go on growing in a room that is made anew', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const visit = first.person().visit('green-door')
    const { epoch } = await visit.joined()
    await visit.leave()
    await end(first)
    expect((await (await start(env)).person().visit('green-door').joined()).epoch).toBeGreaterThan(epoch)
  })

  test('a file that cannot be read stops nothing: holders come back by their tokens', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { annIsIn } = await inACall(first)
    await end(first)
    writeFileSync(join(env.DUET_STATE, 'rooms.json'), readFileSync(join(env.DUET_STATE, 'rooms.json'), 'utf8').slice(0, -20))
    const second = await start(env)
    await second.logged('state file unreadable: going on without it')
    expect(await returning(second, annIsIn, undefined).joined()).toMatchObject({ seat: 'a' })
  })
})

/** A server that knows nothing of the rooms before it, but the secret: what a crash leaves. */
const afterCrash = { DUET_SECRET: 'a secret of the tests', DUET_STATE: 'off' }

describe('after a crash', () => {
  test('strangers wait until the holders are back: both keep their seats, and the stranger is told that the room is full', async () => {
    const first = await start(afterCrash)
    first.clock.pass(holdMs)
    const { annIsIn, benIsIn, positions } = await inACall(first)
    await end(first)
    const second = await start(afterCrash)
    const stranger = second.person().visit('blue-door')
    const [ben, ann] = [returning(second, benIsIn, positions[1]), returning(second, annIsIn, positions[0])]
    const seats = [await ann.joined(), await ben.joined()]
    expect(seats.map(({ seat }) => seat)).toEqual(['a', 'b'])
    for (const { epoch } of seats) expect(epoch).toBeGreaterThan(benIsIn.epoch)
    await ann.hears('ready')
    expect(stranger.unread).toEqual([])
    second.clock.pass(holdMs)
    expect(await stranger.refused()).toBe('full')
  })

  test.each(['a', 'b'] as const)('the holder of seat %s is back with a call: nobody else gets the other seat while its holder may come', async (seat) => {
    const first = await start(afterCrash)
    first.clock.pass(holdMs)
    const { annIsIn, benIsIn, positions } = await inACall(first)
    const [one, other] = seat === 'a' ? [annIsIn, benIsIn] : [benIsIn, annIsIn]
    await end(first)
    const second = await start(afterCrash)
    expect(await returning(second, one, positions[0]).joined()).toMatchObject({ seat, state: 'created', resumed: false })
    second.clock.pass(holdMs)
    expect(await second.person().visit('blue-door').refused()).toBe('full')
    expect(await returning(second, other, positions[1]).joined()).toMatchObject({ seat: other.seat, state: 'ready' })
  })

  test('when the grace is over, and its holder has not come, the seat is anybody’s', async () => {
    const first = await start(afterCrash)
    first.clock.pass(holdMs)
    const { annIsIn } = await inACall(first)
    await end(first)
    const second = await start(afterCrash)
    await returning(second, annIsIn, undefined).joined()
    second.clock.pass(timers.grace)
    await second.logged('time.passed')
    expect(await second.person().visit('blue-door').joined()).toMatchObject({ seat: 'b' })
  })

  test('of two tokens of one seat the newer counts, in whichever order they come', async () => {
    const first = await start(afterCrash)
    first.clock.pass(holdMs)
    const older = await first.person().visit('blue-door').joined()
    const newer = await first.person().visit('blue-door', { token: older.token, asked: 1 }).joined()
    await end(first)
    const second = await start(afterCrash)
    const thief = returning(second, older, undefined)
    await thief.joined()
    const holder = returning(second, newer, undefined)
    expect(await holder.joined()).toMatchObject({ seat: 'a' })
    await thief.hears('seat.taken')
    expect(await second.person().visit('blue-door', { token: older.token, asked: 9, key: newKey() }).refused()).toBe('seat-lost')
  })

  test('a token of another room, another secret or one bit more is no claim', async () => {
    const first = await start(afterCrash)
    first.clock.pass(holdMs)
    const { token } = await first.person().visit('blue-door').joined()
    const stranger = await start({ DUET_SECRET: 'another secret of the tests', DUET_STATE: 'off' })
    stranger.clock.pass(holdMs)
    const { token: foreign } = await stranger.person().visit('blue-door').joined()
    await end(first)
    const second = await start(afterCrash)
    second.clock.pass(holdMs)
    for (const [room, presented] of [['red-door', token], ['blue-door', foreign], ['blue-door', `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`]] as const) {
      expect(await second.person().visit(room, { token: presented }).refused()).toBe('seat-lost')
    }
  })

  test('a secret that was rotated is still known', async () => {
    const first = await start(afterCrash)
    first.clock.pass(holdMs)
    const { token } = await first.person().visit('blue-door').joined()
    await end(first)
    const second = await start({ ...afterCrash, DUET_SECRET: `a newer secret of the tests,${afterCrash.DUET_SECRET}` })
    expect(await second.person().visit('blue-door', { token }).joined()).toMatchObject({ seat: 'a' })
  })

  test('genuine tokens are never throttled and never count as guesses; forged ones do', async () => {
    const first = await start(afterCrash)
    first.clock.pass(holdMs)
    const holders = await Promise.all(Array.from({ length: 10 }, (_, nth) => first.person().visit(`room-${nth}`).joined()))
    await end(first)
    const second = await start(afterCrash, { throttle: { failures: 5 } })
    second.clock.pass(holdMs)
    for (let forged = 0; forged < 6; forged++) expect(await second.person().visit('room-0', { token: newKey() }).refused()).toBe(forged < 5 ? 'seat-lost' : 'throttled')
    for (const { room, token } of holders) {
      const visit = second.person().visit(room, { token })
      await visit.joined()
      await visit.leave()
      expect(await second.person().visit(room, { token, asked: 9 }).joined()).toMatchObject({ seat: 'a' })
    }
  })
})

describe('the state folder', () => {
  test('at the first start ever nobody waits', async () => {
    const world = await start({ DUET_STATE: newFolder() })
    expect(await world.person().visit('blue-door').joined()).toMatchObject({ seat: 'a' })
  })

  test('a run that left its mark and no rooms has crashed: strangers wait', async () => {
    const env = { DUET_STATE: newFolder() }
    await end(await start(env))
    writeFileSync(join(env.DUET_STATE, 'running.json'), JSON.stringify({ pid: process.pid, started: 'long ago', epoch: 5 }))
    rmSync(join(env.DUET_STATE, 'rooms.json'))
    const world = await start(env)
    await world.logged('rooms unknown: strangers wait until holders are back')
  })

  test('a second server on it says so and does without, and the first one’s rooms are safe', async () => {
    const env = { DUET_STATE: newFolder() }
    const first = await start(env)
    const { annIsIn } = await inACall(first)
    const second = await start(env)
    await second.logged('state folder in use by another server: rooms are lost when this one ends; DUET_STATE chooses another folder')
    expect(await second.person().visit('blue-door').joined()).toMatchObject({ seat: 'a', peer: 'absent' })
    await end(second)
    await end(first)
    expect(await returning(await start(env), annIsIn, undefined).joined()).toMatchObject({ seat: 'a', resumed: true })
  })

  test('a folder that cannot be written is told of once, and the server goes on in memory', async () => {
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    const world = await start({ DUET_STATE: join(file, 'folder') })
    expect(world.log.filter((line) => line.includes('state folder unavailable'))).toHaveLength(1)
    expect(await world.person().visit('blue-door').joined()).toMatchObject({ seat: 'a' })
  })

  test('a secret file that is too short stops the start with one line', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'secret'), 'short\n')
    await expect(start({ DUET_STATE: folder })).rejects.toThrow(/^DUET_STATE: [^\n]+$/)
  })
})
