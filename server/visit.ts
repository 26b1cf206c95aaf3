import { tracked, type TrackedEnvelope } from '@trpc/server'
import type { RoomEvent } from '../machines/wire.ts'
import type { Entrance, VisitInput } from './entrance.ts'
import { Reader } from './reader.ts'
import { Refusal } from './refusal.ts'
import { formatPosition } from './store.ts'
import type { Context } from './trpc.ts'

type Tracked = TrackedEnvelope<RoomEvent>

/** Being subscribed is being present: from `joined` to the end of this, the seat is taken and its holder is here. */
export async function* visit(context: Context, input: VisitInput, signal: AbortSignal | undefined): AsyncGenerator<Tracked, void> {
  const { visitor, services } = context
  if (services.drain.isOn) throw new Refusal('unavailable')
  if (visitor.subscriptions >= services.subscriptionsPerSocket) throw new Refusal('too-large')
  visitor.subscriptions += 1
  try {
    const entrance = await services.rooms.enter(input, await services.throttle.isWelcome(visitor.address))
    visitor.enter(entrance.stay)
    try {
      yield joinedOf(context, entrance, input)
      yield* read(context, entrance, signal)
    } finally {
      visitor.exit(entrance.stay)
      await services.rooms.close(entrance.stay)
    }
  } finally {
    visitor.subscriptions -= 1
  }
}

/** Carries the position from which reading goes on. One that is gone stays gone, should this be all that arrives. */
function joinedOf({ visitor, services }: Context, { joined, from, end }: Entrance, { lastEventId }: VisitInput): Tracked {
  const id = from ? formatPosition(from) : lastEventId ?? formatPosition(end)
  return tracked(id, { ...joined, ...services.ice.configFor(visitor.host) })
}

async function* read({ services }: Context, entrance: Entrance, signal: AbortSignal | undefined): AsyncGenerator<Tracked, void> {
  const reader = new Reader(entrance, services.rooms.store, services.drain)
  const close = await reader.open(signal)
  try {
    for (let line = await reader.next(); line; line = await reader.next()) {
      yield tracked(formatPosition(line.position), line.event)
    }
  } finally {
    close()
  }
}
