import type { Local, Make } from './moves.ts'
import { type Page, type Pages } from './page.ts'
import * as connection from './preparedModel.ts'
import type { PreparedModel, PreparedStep } from './preparedModel.ts'

/** Moves of a page's prepared connection that do not depend on the other page. */
export function ofPrepared(pages: Pages, page: Page, make: Make): Local[] {
  const { prepared, model } = page
  const moves: Local[] = []
  if (model.membership.matches('lobby') && !model.preparation.matches('idle') && !model.preparation.context.isHidden)
    moves.push(
      make('the lobby is hidden for a minute', () => pages.send(page, 'preparation', { type: 'page.timedOut' }), {
        fault: 'hide',
      }),
    )
  if (model.membership.matches('lobby') && model.preparation.context.isHidden)
    moves.push(make('the lobby is shown', () => pages.send(page, 'preparation', { type: 'page.shown' })))
  if (!prepared) return moves
  const step = (text: string, taken: PreparedStep | null): void => {
    if (taken) moves.push(make(`${prepared.name}: ${text}`, () => pages.applyPreparedStep(page, taken)))
  }
  step('creates the offer', connection.describe(prepared, pages.relay))
  step('applies a description', connection.apply(prepared, pages.relay))
  moves.push(
    make(`${prepared.name}: fails`, () => pages.applyPreparedStep(page, connection.fail(prepared)), { fault: 'fail' }),
  )
  // The stranger has no page, so its end of a connection is here.
  if (prepared.theirs === connection.strangerUfrag) {
    if (!prepared.isOpen) step('connects to the stranger', connection.open(prepared))
    else if (!prepared.hasHeard)
      moves.push(make('the stranger claims the call', () => pages.hearClaim(page, 'join'), { fault: 'stranger' }))
  }
  return moves
}

/** Moves of a page's prepared connection that depend on that of the other page. */
export function meetingOfPrepared(pages: Pages, page: Page, other: Page): Local[] {
  const { prepared, who } = page
  if (!prepared?.theirs || prepared.theirs === connection.strangerUfrag) return []
  const make = (text: string, step: Local['step']): Local => ({
    step,
    label: { at: who, text: `${prepared.name}: ${text}` },
    fault: null,
    wait: null,
  })
  const isPair = connection.isPair(prepared, other.prepared)
  if (!prepared.isOpen)
    return isPair ? [make('connects', () => pages.applyPreparedStep(page, connection.open(prepared)))] : []
  if (isPair && other.prepared?.hasAnnounced && !prepared.hasHeard)
    return [make('receives a claim', () => pages.hearClaim(page, messageOf(other.prepared)))]
  const isGone = !isPair && other.peer?.name !== prepared.theirs
  return isGone ? [make('its channel closes', () => pages.applyPreparedStep(page, connection.fail(prepared)))] : []
}

const messageOf = (peer: PreparedModel | null): 'join' | 'admitted' => (peer?.side === 'visitor' ? 'join' : 'admitted')
