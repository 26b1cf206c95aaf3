import { fileURLToPath } from 'node:url'
import type { RoomPolicy } from '../../machines/protocol/vocabulary.ts'
import type { DoorEvent, DoorLook, DoorSnapshot, DoorSubject } from '../machines/doorFlow.ts'
import { openServerFixture, type ServerFixture } from '../server/serverFixture.ts'
import type { BrowserPool } from './browserPool.ts'
import { BrowserUser } from './browserUser.ts'
import type { ChromiumTab } from './chromium.ts'

const pagesDirectory = fileURLToPath(new URL('../../dist/client', import.meta.url))
const room = 'door-paths'

type Name = 'ann' | 'ben'

/** The button of an action. */
const buttons: Partial<Record<string, string>> = {
  admits: 'Admit',
  declines: 'Decline',
  asks: 'Ask to join',
  cancels: 'Cancel',
  hangsUp: 'Hang up',
}

/** Actions for which a page needs minutes, or a server of its own. Sessions take them (client/session/doorFlow.test.ts). */
export const actionsWithoutBrowser = ['pause.passes', 'ann.reloads', 'ben.reloads'] as const

/** Two people at a door with Chromium pages, and a server in this process. */
export class DoorBrowsers implements DoorSubject {
  readonly #browsers: BrowserPool
  readonly #users = {} as Record<Name, BrowserUser<ChromiumTab>>
  #server!: ServerFixture

  constructor(browsers: BrowserPool) {
    this.#browsers = browsers
  }

  async begin(): Promise<void> {
    const many = { messageBurst: 1e9, asksPerRoomPerMinute: 1e9, asksPerNetworkPerMinute: 1e9 }
    const guesses = { failedJoinsPerAddressPerMinute: 1e9, failedJoinsPerSocketPerMinute: 1e9 }
    this.#server = await openServerFixture({
      pagesDirectory,
      socketTimeouts: { serverPingIntervalMs: 1e9 },
      limits: { ...many, ...guesses },
    })
    for (const name of ['ann', 'ben'] as const) {
      this.#users[name] = new BrowserUser(
        await this.#browsers.openChromium(),
        `http://localhost:${this.#server.server.port}`,
      )
      await this.#users[name].openLobby(room)
      await this.#users[name].waitForText('Ask me before anyone joins')
    }
    await this.#users.ann.tab.page.getByLabel('Ask me before anyone joins').check()
  }

  async take({ type }: DoorEvent, { context }: DoorSnapshot): Promise<void> {
    const [name, act] = type.split('.') as [Name, string]
    const user = this.#users[name]
    const place = context[name]
    if (act === 'joins')
      await (place === 'left' ? user.rejoin() : user.press(place === 'rejected' ? 'Try again' : 'Join'))
    else if (buttons[act]) await user.press(buttons[act])
    else await this.#selectPolicy(act as RoomPolicy)
  }

  async looks(): Promise<Record<Name, Partial<DoorLook>>> {
    return { ann: await this.#readLook('ann'), ben: await this.#readLook('ben') }
  }

  async end(): Promise<void> {
    for (const { tab } of Object.values(this.#users)) await tab.close()
    await this.#server.close()
  }

  /** In a call the choice is in the panel *Room*. */
  async #selectPolicy(policy: RoomPolicy): Promise<void> {
    const { ann } = this.#users
    const choice = ann.tab.page.getByLabel('Who can join?')
    const room = ann.tab.page.getByRole('button', { name: 'Room', exact: true })
    // One of them loads with the screen.
    await choice.or(room).first().waitFor()
    if (!(await choice.isVisible())) await ann.press('Room')
    await choice.selectOption(policy)
  }

  async #readLook(name: Name): Promise<Partial<DoorLook>> {
    const user = this.#users[name]
    const { membership, room: roomState, call } = await user.readStates()
    const text = await user.visibleText()
    const isLobby = membership === 'lobby'
    const door = readDoor(text)
    return {
      membership: membership as DoorLook['membership'],
      isCalling: roomState === 'full' && call === 'connected',
      isAsked: /wants to join/.test(text),
      door: isLobby ? door : null,
      ...(isLobby && door === 'atDoor' && { policy: readPolicy(text) }),
    }
  }
}

function readDoor(text: string): DoorLook['door'] {
  if (text.includes('Asking to join')) return 'asking'
  if (text.includes('They can’t let you in right now')) return 'declined'
  return text.includes('Someone is here') ? 'atDoor' : 'alone'
}

function readPolicy(text: string): RoomPolicy {
  if (text.includes('They decide who joins')) return 'ask'
  return text.includes('the room is locked') ? 'locked' : 'open'
}
