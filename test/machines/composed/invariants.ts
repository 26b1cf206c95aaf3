import { seatNames } from '../../../machines/room/seats.ts'
import type { Page } from './page.ts'
import type { ServerModel } from './serverModel.ts'

/** Invariants of every world. Invariants of steps are checked where the steps are made. */
export function faultsOfWorld(a: Page, b: Page, server: ServerModel): string[] {
  const { seats } = server.room.context
  const stays = [a, b].flatMap(({ line }) => line.wires.flatMap(({ stay }) => stay ?? []))
  const faults: string[] = []
  for (const name of seatNames) {
    const [seat, holder] = [seats[name], server.holders[name]]
    if (!seat) continue
    const live = stays.filter((stay) => stay.seat === name && stay.epoch === seat.epoch)
    if (live.length > 1 || live.some(({ serial }) => serial !== holder?.serial)) faults.push('one live holder per seat')
    if (stays.some((stay) => stay.seat === name && stay.epoch > seat.epoch))
      faults.push('the holder of a seat has its highest epoch')
    if (seat.expiresAt !== null && live.length > 0) faults.push('a connected seat has no expiry')
  }
  for (const {
    model: { membership, camera },
  } of [a, b])
    if (membership.matches('left') !== camera.matches('suspended')) faults.push('devices follow membership')
  const [one, other] = [roleIn(a, server), roleIn(b, server)]
  if (one && one === other) faults.push('never two impolite or two polite peers')
  return faults
}

/** The role of a page whose seat the server confirms. */
function roleIn(
  {
    model: {
      call: {
        context: { seat, epoch, role },
      },
    },
  }: Page,
  server: ServerModel,
): string | null {
  return seat && server.room.context.seats[seat]?.epoch === epoch ? role : null
}
