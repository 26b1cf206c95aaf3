import { canonicalRoomName, isRoomName } from './roomName.ts'

/** The page of a URL path. The browser renders it; the server answers 404 for `notFound` and `invalidRoomName`. */
export type Route =
  | { page: 'home' }
  | { page: 'room'; room: string }
  /** Below `/r/`, but not a room name. */
  | { page: 'invalidRoomName' }
  | { page: 'check' }
  | { page: 'machines' }
  | { page: 'notFound' }

const plainPages = new Map([
  ['', 'home'],
  ['index.html', 'home'],
  ['check', 'check'],
  ['machines', 'machines'],
] as const)

/**
 * Parses a path as users paste and type it: in any case, with doubled or trailing slashes, percent-encoded, and with
 * punctuation after it.
 * @param path the path of a URL, still percent-encoded, without its query
 */
export function parseRoute(path: string): Route {
  const typed = path.split('/').filter((segment) => segment !== '')
  const names = typed.map((segment) => canonicalRoomName(decode(segment)))
  while (names.at(-1) === '') names.pop()
  const [first = '', second = '', ...more] = names
  if (first === 'r' && typed.length > 1)
    return isRoomName(second) && more.length === 0 ? { page: 'room', room: second } : { page: 'invalidRoomName' }
  const page = names.length > 1 ? undefined : plainPages.get(first as '')
  return { page: page ?? 'notFound' }
}

/** Returns the path of a room. The name has to be canonical. */
export const roomPath = (room: string): string => `/r/${encodeURIComponent(room)}`

/** Returns the canonical path of a route, or null if the typed path stays. */
export function canonicalPath(route: Route): string | null {
  if (route.page === 'room') return roomPath(route.room)
  if (route.page === 'home') return '/'
  return route.page === 'check' || route.page === 'machines' ? `/${route.page}` : null
}

/**
 * Returns the room name in typed text: a name, or a link with or without words around it. Returns null if there is
 * none.
 */
export function parseTypedRoom(typed: string): string | null {
  const link = /\S\/+r\/+([^/?#\s]+)/iu.exec(typed.normalize('NFKC'))
  const room = canonicalRoomName(link?.[1] ? decode(link[1]) : typed)
  return isRoomName(room) ? room : null
}

/** Decodes up to three times, because chat programs encode links again. Names have no percent sign, so this is safe. */
function decode(encoded: string): string {
  let text = encoded
  for (let round = 0; round < 3 && /%[0-9a-f]{2}/i.test(text); round++) {
    try {
      text = decodeURIComponent(text)
    } catch {
      // The link was cut within an escape, or has a Latin-1 escape.
      return ''
    }
  }
  return text
}
