import { serverLimits } from '../../machines/protocol/limits.ts'
import type { TraceLine } from '../../machines/protocol/traceLine.ts'
import { Bell } from '../common/notifier.ts'
import { Refusal } from '../common/apiError.ts'
import type { Context } from './trpc.ts'

interface Told {
  /** Rooms are counted as they come: their names are capabilities. */
  room: number
  line: TraceLine
}

/** Every line of every room, for the owner of a server that was started with `--inspect`, at the admin listener. Elsewhere there is no such thing. */
export async function* onlook({ services: { rooms, inspects } }: Context, signal?: AbortSignal): AsyncGenerator<Told, void> {
  if (!inspects) throw new Refusal('not-found')
  const bell = new Bell()
  const heard: Told[] = []
  const hear = numbered((told) => {
    if (heard.length < serverLimits.onlookerLines) heard.push(told)
    bell.ring()
  })
  const stop = rooms.watch(hear)
  signal?.addEventListener('abort', bell.ring, { once: true })
  try {
    while (!signal?.aborted) {
      const told = heard.shift()
      if (told) yield told
      else await bell.rung()
    }
  } finally {
    stop()
  }
}

/** A room that became empty and is entered again counts as another. */
function numbered(tell: (told: Told) => void): (name: string, line: TraceLine) => void {
  const numbers = new Map<string, number>()
  let count = 0
  return (name, line) => {
    const room = numbers.get(name) ?? ++count
    if (line.state === 'empty') numbers.delete(name)
    else numbers.set(name, room)
    tell({ room, line })
  }
}
