import { canonicalRoomName, isRoomName } from './roomName.ts'

/** The page that a path leads to. The browser draws it; the server answers 404 for `notFound` and `invalidRoomName`. */
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
 * Reads a path as people paste and type it: in any case, with slashes doubled or at the end, percent-encoded, and with the punctuation that follows a link.
 * @param path of a URL, still percent-encoded, without its query
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

/** The canonical path of a room, whose name is canonical. */
export const roomPath = (room: string): string => `/r/${encodeURIComponent(room)}`

/** The path to show for a route, or null where the path as typed has to stay. */
export function canonicalPath(route: Route): string | null {
  if (route.page === 'room') return roomPath(route.room)
  if (route.page === 'home') return '/'
  return route.page === 'check' || route.page === 'machines' ? `/${route.page}` : null
}

/** The room that a person typed, or pasted a link to, also with words around the link; null: neither. */
export function parseTypedRoom(typed: string): string | null {
  const link = /\S\/+r\/+([^/?#\s]+)/iu.exec(typed.normalize('NFKC'))
  const room = canonicalRoomName(link?.[1] ? decode(link[1]) : typed)
  return isRoomName(room) ? room : null
}

/** Chat programs encode a link that is encoded already. A name has no percent sign, so decoding again is safe. */
function decode(encoded: string): string {
  let text = encoded
  for (let round = 0; round < 3 && /%[0-9a-f]{2}/i.test(text); round++) {
    try {
      text = decodeURIComponent(text)
    } catch {
      // A link that was cut in the middle of an escape, or a Latin-1 escape: not a name.
      return ''
    }
  }
  return text
}
