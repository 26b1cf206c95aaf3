import type { ActorRefFrom } from 'xstate'
import type { call } from '../machines/call.ts'
import type { device } from '../machines/device.ts'
import type { link } from '../machines/link.ts'
import type { visit } from '../machines/visit.ts'
import type { Stage } from './stage.svelte.ts'

/** One page's stay at one room: its machines, wired to each other, and what they let be seen. */
export interface Session {
  /** The room's name in its one spelling (machines/name.ts). */
  readonly room: string
  readonly visit: ActorRefFrom<typeof visit>
  readonly call: ActorRefFrom<typeof call>
  readonly link: ActorRefFrom<typeof link>
  readonly microphone: ActorRefFrom<typeof device>
  readonly camera: ActorRefFrom<typeof device>
  readonly screen: ActorRefFrom<typeof device>
  readonly stage: Stage
  /** Stops everything: tracks, connection, socket. The seat stays for its grace unless the visit was left. */
  dispose(): void
}

export interface SessionOptions {
  room: string
  /** `?relay=1`: every packet through TURN. */
  relayOnly: boolean
}

/** Opens the link and asks for the devices at once: *Join* (`visit` ← `user.joined`) then costs one round trip. */
export function createSession(_options: SessionOptions): Session {
  throw new Error('not yet')
}
