import type { Act, Place } from './flow.ts'
import type { Name } from './flow.table.ts'
import type { PartialLooks, FlowSubject } from './flowSubject.ts'
import { type RoomAdapter, MembershipPage } from './membershipPage.ts'

/** People with a membership and no call; their state consists of the received events. */
export class MembershipSubject implements FlowSubject {
  readonly #open: () => Promise<RoomAdapter>
  readonly #names: readonly Name[]
  readonly #pages = new Map<Name, MembershipPage>()
  readonly #tokens = new Map<Name, string | null>()
  #adapter!: RoomAdapter

  constructor(names: readonly Name[], open: () => Promise<RoomAdapter>) {
    this.#names = names
    this.#open = open
  }

  async begin(): Promise<void> {
    this.#adapter = await this.#open()
    for (const who of this.#names) this.#pages.set(who, new MembershipPage(this.#adapter))
  }

  async take(who: Name, act: Act, from: Place): Promise<void> {
    if (act === 'comesBack') return void this.#pages.set(who, new MembershipPage(this.#adapter, this.#tokens.get(who)))
    const page = this.#pages.get(who)
    if (!page) throw new Error(`${who} has no page`)
    if (act === 'joins') page.send({ type: from === 'lobby' ? 'user.joined' : 'user.rejoined' })
    else if (act === 'hangsUp') await page.hangUp()
    else if (act === 'losesPath') await page.losePath()
    else if (act === 'losesLink') await page.loseLink()
    else if (act === 'linkReturns') page.join()
    else if (act !== 'switchesMicrophone') await this.#close(who, page, act)
  }

  pass(): Promise<void> {
    return this.#adapter.passGrace()
  }

  async state(): Promise<PartialLooks> {
    return Object.fromEntries(this.#names.map((who) => [who, this.#pages.get(who)?.look ?? null]))
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++) await Promise.all([...this.#pages.values()].map((page) => page.ping()))
  }

  end(): Promise<void> {
    return this.#adapter.end()
  }

  async #close(who: Name, page: MembershipPage, act: Act): Promise<void> {
    await page.close()
    this.#pages.delete(who)
    this.#tokens.set(who, act === 'closesTab' ? null : page.token)
    if (act === 'reloads') this.#pages.set(who, new MembershipPage(this.#adapter, page.token))
  }
}
