import { serverLimits } from '../../machines/protocol/limits.ts'
import type { TraceEntry } from '../../machines/protocol/traceEntry.ts'
import { Notifier } from '../common/notifier.ts'
import { ApiError } from '../common/apiError.ts'
import type { Context } from './trpc.ts'

interface InspectedEvent {
  /** A running number instead of the name, because names are capabilities. */
  room: number
  entry: TraceEntry
}

/**
 * Streams the trace entries of all rooms, for the inspector at the admin listener (`--inspect`).
 * Entries that exceed the queue of a slow reader are dropped.
 * @throws {ApiError} `not-found` at any other listener
 */
export async function* inspectRooms(
  { dependencies: { rooms, canInspect } }: Context,
  signal?: AbortSignal,
): AsyncGenerator<InspectedEvent, void> {
  if (!canInspect) throw new ApiError('not-found')
  const notifier = new Notifier()
  const queue: InspectedEvent[] = []
  const enqueue = withRoomNumbers((event) => {
    if (queue.length < serverLimits.inspectQueueEntries) queue.push(event)
    notifier.notify()
  })
  const stop = rooms.subscribeToTraces(enqueue)
  signal?.addEventListener('abort', notifier.notify, { once: true })
  try {
    while (!signal?.aborted) {
      const next = queue.shift()
      if (next) yield next
      else await notifier.wait()
    }
  } finally {
    stop()
  }
}

/** Replaces room names with numbers. A room that was empty gets a new number. */
function withRoomNumbers(emit: (event: InspectedEvent) => void): (name: string, entry: TraceEntry) => void {
  const numbers = new Map<string, number>()
  let count = 0
  return (name, line) => {
    const room = numbers.get(name) ?? ++count
    if (line.state === 'empty') numbers.delete(name)
    else numbers.set(name, room)
    emit({ room, entry: line })
  }
}
