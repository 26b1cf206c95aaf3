/** Two tabs of one browser in one room belong to one user: the newer tab may take over the seat. */

/**
 * The data that a tab needs to continue another tab's call: the seat token, the secrets that prove its identity to the
 * peer, and the chat.
 */
export interface HandoverSeat {
  token: string
  secrets: string | null
  chat: string | null
}

type HandoverMessage = { room: string } & ({ type: 'seat.requested' } | ({ type: 'seat.offered' } & HandoverSeat))

const handoverChannelName = 'duet-seat'

/** Timeout for the answer of another tab, in ms. A frozen tab never answers. */
const handoverTimeoutMs = 500

/** Answers seat requests of other tabs of this browser. Returns its stop function. */
export function offerSeat(room: string, readSeat: () => HandoverSeat | null): () => void {
  return openChannel((message, channel) => {
    const seat = readSeat()
    if (message.room === room && message.type === 'seat.requested' && seat)
      channel.postMessage({ room, type: 'seat.offered', ...seat } satisfies HandoverMessage)
  })
}

/** Requests the seat of another tab of this browser in the room. Resolves with null after 500 ms without an answer. */
export function requestSeat(room: string): Promise<HandoverSeat | null> {
  return new Promise((resolve) => {
    const finish = (seat: HandoverSeat | null): void => {
      close()
      clearTimeout(timer)
      resolve(seat)
    }
    const close = openChannel(
      (message) => {
        if (message.room === room && message.type === 'seat.offered')
          finish({ token: message.token, secrets: message.secrets, chat: message.chat })
      },
      { room, type: 'seat.requested' },
    )
    const timer = setTimeout(() => finish(null), handoverTimeoutMs)
  })
}

/** Does nothing in browsers without BroadcastChannel. Returns the function that closes the channel. */
function openChannel(
  onMessage: (message: HandoverMessage, channel: BroadcastChannel) => void,
  firstMessage?: HandoverMessage,
): () => void {
  if (!('BroadcastChannel' in globalThis)) return () => undefined
  const channel = new BroadcastChannel(handoverChannelName)
  channel.onmessage = ({ data }: MessageEvent<HandoverMessage>) => onMessage(data, channel)
  if (firstMessage) channel.postMessage(firstMessage)
  return () => channel.close()
}
