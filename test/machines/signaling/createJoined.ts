import type { JoinedEvent } from '../../../machines/protocol/messages.ts'

/** Returns the event of a first visitor's join. `more` overrides its fields. */
export const createJoined = (more: Partial<JoinedEvent> = {}): JoinedEvent => ({
  type: 'joined',
  room: 'den',
  seat: 'a',
  role: 'impolite',
  token: 'token-1',
  epoch: 1,
  resumed: false,
  peer: 'absent',
  state: 'created',
  acked: 0,
  iceServers: [],
  lifetimeMs: 1_000,
  ...more,
})
