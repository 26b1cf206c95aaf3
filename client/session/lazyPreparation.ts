import type { SignalingEffect } from '../../machines/signaling/signalingEvents.ts'
import type { Preparation, PreparationParts } from '../preparation/preparation.ts'

/** The prepared connection, whose code is loaded when it is needed. Most pages never need it. */
export interface LazyPreparation {
  /** Null until the code is loaded. */
  current: Preparation | null
  /** Passes on what signaling emits. The first view or door with a preparation loads the code. */
  onSignaling(effect: SignalingEffect): void
  dispose(): void
}

/** Without the code, for example after an update of the server, the page calls as before. */
export function createLazyPreparation(parts: PreparationParts): LazyPreparation {
  let loading: Promise<unknown> | undefined
  let isDisposed = false
  const lazy: LazyPreparation = {
    current: null,
    onSignaling(effect) {
      if (!lazy.current && offersPreparation(effect))
        loading ??= import('../preparation/preparation.ts').then((code) => {
          if (!isDisposed) lazy.current = new code.Preparation(parts)
        })
      if (lazy.current) lazy.current.onSignaling(effect)
      else loading = loading?.then(() => lazy.current?.onSignaling(effect)).catch(() => undefined)
    },
    dispose() {
      isDisposed = true
      lazy.current?.dispose()
    },
  }
  return lazy
}

/** True for a view of the lobby, or a door, that has a preparation or allows one. */
function offersPreparation(effect: SignalingEffect): boolean {
  if (effect.type === 'visit.updated') return effect.view.preparation !== undefined
  if (effect.type === 'join.accepted') return effect.seat.door?.preparation !== undefined
  return (
    effect.type === 'event.received' && effect.roomEvent.type === 'door' && effect.roomEvent.preparation !== undefined
  )
}
