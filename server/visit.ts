import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { RoomEvent } from '../machines/wire.ts'
import { Ear } from './ear.ts'
import type { Entrance, VisitInput } from './entrance.ts'
import { Reader } from './reader.ts'
import { Refusal } from './refusal.ts'
import { formatPosition } from './store.ts'
import type { Context } from './trpc.ts'

type Tracked = TrackedEnvelope<RoomEvent>

/** Being subscribed is being present: from `joined` to the end of this, the seat is taken and its holder is here. */
export async function* visit(context: Context, input: VisitInput & { log?: boolean }, signal?: AbortSignal): AsyncGenerator<Tracked, void> {
  const { visitor, services: { rooms, throttle, drain, clock } } = context
  if (drain.isOn) throw new Refusal('unavailable')
  const entrance = await rooms.enter(input, await throttle.isWelcome(visitor.address))
  if (isFirst(entrance)) void throttle.noteRoom(visitor.address)
  const ear = new Ear(input.log === true, clock)
  const reader = new Reader(entrance, rooms.store, drain, ear)
  visitor.enter(entrance.stay)
  try {
    await reader.open(signal)
    // Written before anybody listened for this visit.
    ear.hear({ type: 'log', line: entrance.line })
    yield joinedOf(context, entrance, input)
    for (let line = await reader.next(); line; line = await reader.next()) yield tracked(formatPosition(line.position), line.event)
  } finally {
    reader.close()
    visitor.exit(entrance.stay)
    await rooms.close(entrance.stay)
  }
}

const isFirst = ({ joined }: Entrance): boolean => !joined.resumed && joined.state === 'created'

/** Carries the position from which reading goes on. One that is gone stays gone, should this be all that arrives. */
function joinedOf({ visitor, services }: Context, { joined, from, end }: Entrance, { lastEventId }: VisitInput): Tracked {
  const id = from ? formatPosition(from) : lastEventId ?? formatPosition(end)
  return tracked(id, { ...joined, ...services.ice.configFor(visitor.host) })
}
