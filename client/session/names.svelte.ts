import { cleanVisitorName } from '../../machines/protocol/visitorName.ts'
import { type KeyValueStorage, getStored, removeStored, setStored } from '../common/storage.ts'
import { type DataChannel, listenFor } from '../webrtc/dataChannel.ts'

/** A letter of a script that is written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** Isolates a name of another direction (UAX #9 §2.2), so that it does not reorder the sentence around it. */
const isolate = (name: string): string => (rightToLeft.test(name) ? `\u2068${name}\u2069` : name)

/** The optional names of the two people. They go from page to page over the data channel, and no server reads them. */
export class Names {
  readonly #storage: KeyValueStorage | undefined
  readonly #channels = new Set<DataChannel>()
  #own = $state('')
  #peer = $state('')

  /**
   * @param storage keeps the own name in this browser
   * @param given the name that the embedding page gave. It is not stored
   */
  constructor(storage: KeyValueStorage | undefined, given: string | null = null) {
    this.#storage = storage
    this.#own = cleanVisitorName(given ?? getStored(storage, 'name') ?? '')
  }

  /** The user's name, cleaned; empty without one. Reactive. A change is stored and sent. */
  get own(): string {
    return this.#own
  }

  set own(typed: string) {
    const name = cleanVisitorName(typed)
    if (name === this.#own) return
    this.#own = name
    if (name) setStored(this.#storage, 'name', name)
    else removeStored(this.#storage, 'name')
    for (const channel of this.#channels) this.#send(channel)
  }

  /** The peer's name, ready for a sentence of any direction; empty if it is unknown. Reactive. */
  get peer(): string {
    return isolate(this.#peer)
  }

  /** Sends the own name on an open channel and receives the peer's. Returns its stop function. */
  exchange(channel: DataChannel): () => void {
    this.#channels.add(channel)
    const unsubscribe = channel.subscribe(
      listenFor<'names'>({
        name: ({ name }) => {
          this.#peer = name
        },
      }),
    )
    this.#send(channel)
    return () => {
      this.#channels.delete(channel)
      unsubscribe()
    }
  }

  /** Forgets the peer's name. Called before another person may take the place. */
  forgetPeer(): void {
    this.#peer = ''
  }

  #send(channel: DataChannel): void {
    channel.send({ type: 'name', name: this.#own })
  }
}
