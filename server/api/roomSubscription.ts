import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { RoomEvent } from '../../machines/protocol/messages.ts'
import { Ear } from '../rooms/transientEvents.ts'
import type { Entrance, VisitInput } from '../rooms/admission.ts'
import { Reader } from '../rooms/mailboxReader.ts'
import { Refusal } from '../common/apiError.ts'
import { formatPosition } from '../rooms/store.ts'
import type { Context } from './trpc.ts'
import type { Stay } from '../rooms/seatClaim.ts'

type Input = VisitInput & { log?: boolean }
type Tracked = TrackedEnvelope<RoomEvent>

/** Being subscribed is being present: from `joined` to the end of this, the seat is taken and its holder is here. */
export function visit(context: Context, input: Input, signal?: AbortSignal): AsyncGenerator<Tracked, void> {
  // Now, not at the first step of the iteration: a good-bye that comes right behind is to find it begun.
  const entry = enter(context, input, signal)
  entry.catch(() => undefined)
  return attend(context, () => begin(context, input, entry, signal))
}

async function enter({ visitor, services: { rooms, throttle, drain, clock } }: Context, input: Input, signal?: AbortSignal): Promise<Entrance> {
  if (drain.isOn) throw new Refusal('unavailable')
  const entry = rooms.enter(input, throttle.isWelcome(visitor, clock.now()), signal, visitor.network)
  entry.catch((error: unknown) => {
    if (isGuess(error)) throttle.noteFailure(visitor, clock.now())
    // This answer reveals that the room does not exist, as making the room would.
    if (error instanceof Refusal && error.refused === 'server-full') throttle.noteRoom(visitor, clock.now())
  })
  return visitor.enter(entry)
}

/** Only a seat that is refused tells something of a room. A malformed name does not come this far, and a genuine token is no guess. */
const isGuess = (error: unknown): boolean => error instanceof Refusal && error.mayBeGuess && (error.refused === 'full' || error.refused === 'seat-lost')

/** What a visit needs for as long as it lasts. */
interface Begun {
  stay: Stay
  reader: Reader
  /** Opens the reader, and makes the first event. */
  open(): Promise<Tracked>
}

async function begin(context: Context, input: Input, entry: Promise<Entrance>, signal?: AbortSignal): Promise<Begun> {
  const { visitor, services: { rooms, throttle, drain, clock } } = context
  const entrance = await entry
  if (isFirst(entrance)) throttle.noteRoom(visitor, clock.now())
  const ear = new Ear(input.log === true, clock)
  const reader = new Reader(entrance, rooms.store, drain, ear)
  const open = async (): Promise<Tracked> => {
    await reader.open(signal)
    // Written before anybody listened for this visit.
    ear.hear({ type: 'log', line: entrance.line })
    return joinedOf(context, entrance, input)
  }
  return { stay: entrance.stay, reader, open }
}

/**
 * A generator keeps its variables for as long as it runs, which is hours here. What only the beginning needs (the input, the entrance) lies
 * behind functions that are let go: 1 KB a visitor.
 */
async function* attend({ visitor, services: { rooms } }: Context, first: (() => Promise<Begun>) | null): AsyncGenerator<Tracked, void> {
  let begun = await first?.() ?? null
  first = null
  if (!begun) return
  const { stay, reader } = begun
  try {
    yield await begun.open()
    begun = null
    for (let line = await reader.next(); line; line = await reader.next()) yield tracked(formatPosition(line.position), line.event)
  } finally {
    reader.close()
    visitor.exit(stay)
    if (visitor.hasGone) await rooms.leave(stay, true)
    await rooms.close(stay)
  }
}

const isFirst = ({ joined, as }: Entrance): boolean => as === 'visitor.entered' && joined.state === 'created'

/** Carries the position from which reading goes on. One that is gone stays gone, should this be all that arrives. */
function joinedOf({ visitor, services }: Context, { joined, from, end }: Entrance, { lastEventId }: VisitInput): Tracked {
  const id = from ? formatPosition(from) : lastEventId ?? formatPosition(end)
  return tracked(id, { ...joined, ...services.ice.configFor(visitor) })
}
