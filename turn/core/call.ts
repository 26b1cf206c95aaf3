import type { Core } from './serverState.ts'
import type { ReceivedMessage, User } from './types.ts'

/** One request or indication on its way through the core. */
export interface Call extends ReceivedMessage {
  readonly core: Core
}

/** A request whose sender is known. */
export interface UserCall extends Call {
  readonly user: User
}
