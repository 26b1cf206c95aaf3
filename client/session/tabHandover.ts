/** Two tabs of one browser at one room are one person: the tab that was opened last may have the seat of the one before. */

/** What a tab needs to continue the call of another: the seat's token, and what proves to the other side that it is the same person. */
export interface HandoverSeat {
  token: string
  secrets: string | null
}

type HandoverMessage = { room: string } & ({ type: 'seat.requested' } | ({ type: 'seat.offered' } & HandoverSeat))

const handoverChannelName = 'duet-seat'

/** How long another tab may take to answer, in milliseconds. One that is frozen never does. */
const answerTimeoutMs = 500

/** Answers seat requests of other tabs of this browser. Returns its stop function. */
export function offerSeat(room: string, readSeat: () => HandoverSeat | null): () => void {
  return openChannel((message, channel) => {
    const seat = readSeat()
    if (message.room === room && message.type === 'seat.requested' && seat)
      channel.postMessage({ room, type: 'seat.offered', ...seat } satisfies HandoverMessage)
  })
}

/** Requests the seat of another tab of this browser in the room; null: no tab has one. */
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
          finish({ token: message.token, secrets: message.secrets })
      },
      { room, type: 'seat.requested' },
    )
    const timer = setTimeout(() => finish(null), answerTimeoutMs)
  })
}

/** Browsers without the channel have no handover. */
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
