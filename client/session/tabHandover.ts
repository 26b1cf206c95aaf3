/** Two tabs of one browser at one room are one person: the tab that was opened last may have the seat of the one before. */

/** What a tab needs to continue the call of another: the seat's token, and what proves to the other side that it is the same person. */
export interface SiblingSeat { token: string; bond: string | null }

type Note = { room: string } & ({ type: 'seat.sought' } | { type: 'seat.held' } & SiblingSeat)

const channelName = 'duet-seat'

/** How long another tab may take to answer, in milliseconds. One that is frozen never does. */
const patience = 500

/** Tells other tabs of this browser, when they ask, what this one has its seat with. Returns its undo. */
export function lendSeat(room: string, seat: () => SiblingSeat | null): () => void {
  return open((note, channel) => {
    const held = seat()
    if (note.room === room && note.type === 'seat.sought' && held) channel.postMessage({ room, type: 'seat.held', ...held } satisfies Note)
  })
}

/** What another tab of this browser has its seat in the room with; null: none has one. */
export function seekSeat(room: string): Promise<SiblingSeat | null> {
  return new Promise((resolve) => {
    const finish = (seat: SiblingSeat | null): void => {
      close()
      clearTimeout(timer)
      resolve(seat)
    }
    const close = open((note) => {
      if (note.room === room && note.type === 'seat.held') finish({ token: note.token, bond: note.bond })
    }, { room, type: 'seat.sought' })
    const timer = setTimeout(() => finish(null), patience)
  })
}

/** Browsers without the channel have no siblings. */
function open(hear: (note: Note, channel: BroadcastChannel) => void, said?: Note): () => void {
  if (!('BroadcastChannel' in globalThis)) return () => undefined
  const channel = new BroadcastChannel(channelName)
  channel.onmessage = ({ data }: MessageEvent<Note>) => hear(data, channel)
  if (said) channel.postMessage(said)
  return () => channel.close()
}
