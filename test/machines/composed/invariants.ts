import { seatNames } from '../../../machines/room/seats.ts'
import { endOf } from './mailboxModel.ts'
import type { SeatSubscription } from './channelTypes.ts'
import type { Page } from './page.ts'
import { ownWire } from './signalingModel.ts'
import type { ServerModel } from './serverModel.ts'

/** Invariants of every world. Invariants of steps are checked where the steps are made. */
export function faultsOfWorld(a: Page, b: Page, server: ServerModel): string[] {
  const { seats } = server.room.context
  const wires = [a, b].flatMap(({ line }) => line.wires)
  const stays = wires.flatMap(({ stay }) => stay ?? [])
  const holding = wires.flatMap(({ node, stay }) => (node === 'reaped' ? [] : (stay ?? [])))
  // After a loss of writes each subscription ends at its next read.
  const isCurrent = ({ life }: SeatSubscription): boolean => server.store?.lostLives.includes(life) !== true
  const faults: string[] = []
  for (const name of seatNames) {
    const [seat, holder] = [seats[name], server.holders[name]]
    if (!seat) continue
    const live = stays.filter((stay) => stay.seat === name && stay.epoch === seat.epoch && isCurrent(stay))
    if (live.length > 1 || live.some(({ serial }) => serial !== holder?.serial)) faults.push('one live holder per seat')
    if (stays.some((stay) => stay.seat === name && stay.epoch > seat.epoch && isCurrent(stay)))
      faults.push('the holder of a seat has its highest epoch')
    if (seat.expiresAt !== null && live.length > 0) faults.push('a connected seat has no expiry')
    const isReaped = server.store?.former.some((other) => other.seat === name && other.epoch === seat.epoch)
    const isHeld = holding.some((stay) => stay.seat === name && stay.serial === holder?.serial)
    if (server.store && seat.expiresAt === null && !isHeld && !isReaped)
      faults.push('a connected seat is at a node that lives or will be reaped')
  }
  for (const {
    model: { membership, camera },
  } of [a, b])
    if (membership.matches('left') !== camera.matches('suspended')) faults.push('devices follow membership')
  faults.push(...faultsOfPreparation([a, b], server))
  const [one, other] = [roleIn(a, server), roleIn(b, server)]
  if (one && one === other) faults.push('never two impolite or two polite peers')
  return faults
}

/** Invariants of prepared connections. */
function faultsOfPreparation(pages: Page[], server: ServerModel): string[] {
  const { preparation } = server.room.context.door
  const faults: string[] = []
  const wires = pages.flatMap(({ line }) => line.wires)
  const current = [...wires.map(({ visit }) => visit), server.stranger.visit].flatMap((visit) => visit?.current ?? [])
  if (preparation && !current.includes(preparation.id)) faults.push('a preparation ends with its visitor')
  for (const page of pages) {
    const { prepared, who, model } = page
    const { attempt } = model.preparation.context
    if (prepared && attempt !== null && attempt === server.attempt?.id && prepared.side === 'holder' && prepared.theirs)
      if (prepared.theirs.startsWith(who) || !prepared.theirs.startsWith(server.attempt.by))
        faults.push('a holder is connected with the visitor of the attempt')
    if (prepared && attempt !== preparation?.id && hasReadAll(page, server))
      faults.push('a prepared connection ends with its attempt')
    if (prepared?.isReleased) faults.push('the call takes over each released connection')
  }
  return faults
}

/** True once the page knows everything that the server knows about its room. */
function hasReadAll({ line }: Page, server: ServerModel): boolean {
  const wire = ownWire(line)
  if (!wire || wire.isCut || wire.up.length > 0 || wire.down.length > 0) return false
  if (!wire.stay) return false
  const box = server.boxes?.[wire.stay.seat]
  return line.socket?.stay === 'in' && box?.life === wire.stay.life && endOf(box) === wire.stay.n
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
