/** The path of the WebSocket, for a page without a room. */
export const apiPath = '/trpc'

/**
 * The path of the WebSocket for a room. A proxy in front of several servers hashes it, so that both sockets of a room
 * reach one server. The hash does not reveal the name, which is a capability, to the log of a proxy.
 * @param sha256Hex the SHA-256 of the canonical room name in UTF-8, in hexadecimal
 */
export const roomApiPath = (sha256Hex: string): string => `${apiPath}/${sha256Hex.slice(0, 8)}`

/** Returns whether a path is one of the above. The server does not compare the hash with the rooms of the socket. */
export const isApiPath = (path: string): boolean => /^\/trpc(?:\/[0-9a-f]{8})?$/.test(path)
