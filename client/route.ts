import { canonicalName, isRoomName } from '../machines/name.ts'

/** What a path of ours shows. */
export type Route =
  | { page: 'start' }
  | { page: 'room'; room: string }
  /** Below `/r/`, but no name of a room. */
  | { page: 'misnamed' }
  | { page: 'check' }
  | { page: 'machines' }
  | { page: 'nowhere' }

export function routeOf(path: string): Route {
  const plain = path.replace(/\/+$/, '') || '/'
  if (plain === '/') return { page: 'start' }
  if (plain === '/check') return { page: 'check' }
  if (plain === '/machines') return { page: 'machines' }
  if (plain.startsWith('/r/')) return roomOf(plain.slice('/r/'.length))
  return { page: 'nowhere' }
}

/** The one path of a room, whose name is canonical. */
export const pathOf = (room: string): string => `/r/${encodeURIComponent(room)}`

function roomOf(encoded: string): Route {
  const room = canonicalName(decoded(encoded))
  return isRoomName(room) ? { page: 'room', room } : { page: 'misnamed' }
}

/** A link that was cut in the middle of an escape is no reason to fail. */
function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return ''
  }
}

/** The room that somebody typed, or pasted a link to; null: neither. */
export function roomTyped(typed: string): string | null {
  const link = /^\S+\/r\/([^/?#\s]+)/.exec(typed.trim())
  const room = canonicalName(link?.[1] ? decoded(link[1]) : typed)
  return isRoomName(room) ? room : null
}
