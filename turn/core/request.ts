import type { ServerState } from './serverState.ts'
import type { ReceivedMessage, User } from './types.ts'

/** One request or indication on its way through the core. */
export interface Request extends ReceivedMessage {
  readonly state: ServerState
}

/** A request with valid credentials. */
export interface AuthenticatedRequest extends Request {
  readonly user: User
}
