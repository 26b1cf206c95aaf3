import { once } from 'node:events'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import type { RoomPolicy } from '../../../machines/protocol/vocabulary.ts'
import type { DoorEvent, DoorLook, DoorSnapshot, DoorSubject } from '../../machines/doorFlow.ts'
import { openServerFixture, type ServerFixture } from '../../server/serverFixture.ts'
import { FakeNetwork } from '../webrtc/fakeNetwork.ts'
import { type SessionPage, SessionTab } from './sessionPage.ts'

type Name = 'ann' | 'ben'

/** Two people at a door with real sessions on a real server. */
export class DoorSessions implements DoorSubject {
  readonly #network = new FakeNetwork()
  readonly #tabs = {} as Record<Name, SessionTab>
  readonly #pages = {} as Record<Name, SessionPage>
  #server!: ServerFixture

  async begin(): Promise<void> {
    this.#server = await openServerFixture({
      socketTimeouts: { serverPingIntervalMs: 1e9 },
      limits: {
        messageBurst: 1e9,
        failedJoinsPerAddressPerMinute: 1e9,
        failedJoinsPerSocketPerMinute: 1e9,
        asksPerRoomPerMinute: 1e9,
        asksPerNetworkPerMinute: 1e9,
        newRoomsPerSocketPerMinute: 1e9,
        newRoomsPerAddressPerMinute: 1e9,
      },
    })
    for (const name of ['ann', 'ben'] as const) {
      this.#tabs[name] = new SessionTab(this.#server.server.url, 'den', this.#network)
      this.#pages[name] = this.#tabs[name].open()
    }
    this.#pages.ann.selectPolicy('ask')
  }

  async take({ type }: DoorEvent, { context }: DoorSnapshot): Promise<void> {
    const [name, act] = type.split('.') as [Name | 'pause', string]
    if (name === 'pause') {
      this.#server.clock.advance(timeouts.askPauseMs)
      this.#pages.ben.clock.increment(timeouts.askPauseMs)
      return
    }
    const page = this.#pages[name]
    if (act === 'joins') page.membership.send({ type: context[name] === 'lobby' ? 'user.joined' : 'user.rejoined' })
    else if (act === 'hangsUp') await this.#actAndWaitForLog('holder.left', context, () => page.hangUp())
    else if (act === 'reloads') await this.#reload(name, page, context)
    else if (act === 'admits' || act === 'declines') await page.answerVisitor(act === 'admits')
    else if (act === 'asks') page.membership.send({ type: 'user.asked', name: 'Ben' })
    else if (act === 'cancels') page.membership.send({ type: 'user.withdrew' })
    else page.selectPolicy(act as RoomPolicy)
  }

  async looks(): Promise<Record<Name, DoorLook>> {
    return { ann: readLook(this.#pages.ann), ben: readLook(this.#pages.ben) }
  }

  /** A WebSocket ping does not overtake earlier frames. */
  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++)
      await Promise.all(
        Object.values(this.#pages).map(async ({ sockets }) => {
          const socket = sockets.at(-1)
          if (socket?.readyState !== socket?.OPEN) return
          socket?.ping()
          await (socket && once(socket, 'pong'))
        }),
      )
  }

  async end(): Promise<void> {
    for (const page of Object.values(this.#pages)) page.dispose()
    await this.#server.close()
  }

  async #reload(name: Name, page: SessionPage, { ben }: DoorSnapshot['context']): Promise<void> {
    const close = (): void => page.close()
    if (name === 'ann' || ben === 'room') await this.#waitForLog('socket.closed', 1, close)
    else if (ben === 'asking') await this.#waitForLog('visitor.withdrew', 1, close)
    else close()
    this.#pages[name] = this.#tabs[name].open()
  }

  /** Both pages leave a call. */
  #actAndWaitForLog(message: string, { ben }: DoorSnapshot['context'], act: () => void): Promise<void> {
    return this.#waitForLog(message, ben === 'room' ? 2 : 1, act)
  }

  async #waitForLog(message: string, times: number, act: () => void): Promise<void> {
    const before = this.#server.logLines.filter((line) => line.includes(`"msg":"${message}"`)).length
    act()
    await this.#server.waitForLog(message, before + times)
  }
}

function readLook({ membership, call }: SessionPage): DoorLook {
  const snapshot = membership.getSnapshot()
  const { value, context } = snapshot
  const door = (value as { lobby?: DoorLook['door'] }).lobby ?? null
  const isJoined = snapshot.matches('joined')
  return {
    membership: isJoined ? 'joined' : door ? 'lobby' : snapshot.matches('left') ? 'left' : ('joining' as never),
    door,
    policy: isJoined || (door && door !== 'alone') ? context.policy : null,
    isAsked: context.visitor !== null,
    isCalling: context.room === 'full' && call.getSnapshot().matches('connected'),
  }
}
