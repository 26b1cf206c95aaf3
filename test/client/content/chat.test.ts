import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { contentLimits } from '../../../machines/protocol/contentLimits.ts'
import { timeouts } from '../../../machines/protocol/timeouts.ts'
import { ChatPage, ChatPair } from './chatPair.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Delivers everything, and lets the acknowledgements be sent, until nothing more happens. */
function settle(pair: ChatPair): void {
  for (let round = 0; round < 40; round++) {
    pair.deliverAll()
    pair.nowMs += timeouts.chatAckMs
    vi.advanceTimersByTime(timeouts.chatAckMs)
  }
}

const stateOf = (pair: ChatPair, index: 0 | 1) => pair.pages[index].chat.actor.getSnapshot()

describe('chat texts', () => {
  test('reach the other page in order, and are acknowledged', () => {
    const pair = new ChatPair()
    pair.connect()
    settle(pair)
    const [ann, ben] = pair.pages
    for (const text of ['one', 'two']) ann.chat.send(text)
    ben.chat.send('three')
    settle(pair)
    expect(ben.textsFrom('peer')).toEqual(['one', 'two'])
    expect(ann.textsFrom('peer')).toEqual(['three'])
    for (const index of [0, 1] as const) expect(stateOf(pair, index).context.outbox).toEqual([])
  })

  test('that are typed without a connection are sent when it is back, with their age', () => {
    const pair = new ChatPair()
    pair.connect()
    settle(pair)
    pair.cut()
    const [ann, ben] = pair.pages
    expect(ann.chat.send('late')).toBe(true)
    pair.nowMs += 60_000
    pair.connect()
    settle(pair)
    expect(ben.textsFrom('peer')).toEqual(['late'])
    const shownAtMs = stateOf(pair, 1).context.entries[0]!.atMs
    expect(shownAtMs).toBe(stateOf(pair, 0).context.entries[0]!.atMs)
  })

  test('arrive also after another tab of the person has received the ones between', () => {
    const pair = new ChatPair()
    const [ann, firstTab] = pair.pages
    const secondTab = new ChatPage(() => pair.nowMs)
    for (const [tab, text] of [
      [firstTab, 'one'],
      [secondTab, 'two'],
      [firstTab, 'three'],
    ] as const) {
      pair.cut()
      pair.pages[1] = tab
      pair.connect()
      settle(pair)
      ann.chat.send(text)
      settle(pair)
    }
    expect(firstTab.textsFrom('peer')).toEqual(['one', 'three'])
    expect(secondTab.textsFrom('peer')).toEqual(['two'])
    expect(stateOf(pair, 0).context.outbox).toEqual([])
  })

  test('need a visible character, and a peer whose page has a chat', () => {
    const pair = new ChatPair()
    expect(pair.pages[0].chat.send('too early')).toBe(false)
    pair.connect()
    settle(pair)
    expect(pair.pages[0].chat.send(' \n ')).toBe(false)
    expect(pair.pages[0].texts).toEqual([])
  })

  test('are forgotten on both sides when another person may come, and are never sent to that person', () => {
    const pair = new ChatPair()
    pair.connect()
    settle(pair)
    const [ann, ben] = pair.pages
    ann.chat.send('for Ben')
    settle(pair)
    pair.cut()
    ann.chat.send('also for Ben')
    ann.chat.clear()
    ben.chat.clear()
    pair.connect()
    settle(pair)
    expect([ann.texts, ben.texts]).toEqual([[], []])
    expect(JSON.stringify(pair.ends!.map(({ sent }) => sent))).not.toContain('Ben')
    expect(ann.storage.getItem('duet:chat:room')).not.toContain('Ben')
  })

  test('are kept for a reload, and not in a format that this page does not know', () => {
    const pair = new ChatPair()
    pair.connect()
    settle(pair)
    const [ann] = pair.pages
    ann.chat.send('kept')
    settle(pair)
    ann.reload(true)
    expect(ann.texts).toEqual(['own: kept'])
    for (const stored of ['', 'null', '[]', '{"version":1}', '{"version":2}', '{"version":1,"stay":1}']) {
      ann.storage.setItem('duet:chat:room', stored)
      ann.chat = new ChatPair().pages[0].chat
      ann.storage.setItem('duet:chat:room', stored)
      ann.reload(false)
      expect(ann.texts, stored).toEqual([])
    }
  })
})

describe('a peer that sends too much', () => {
  test.each([
    ['messages', () => '{}', contentLimits.chatMessageBurst],
    ['binary messages', () => new ArrayBuffer(1), contentLimits.chatMessageBurst],
    ['bytes', () => 'x'.repeat(64 * 1024), contentLimits.chatByteBurst / (64 * 1024)],
  ])('of %s gets the chat channel closed, and the page says so until the next connection', (_, create, burst) => {
    const pair = new ChatPair()
    pair.connect()
    settle(pair)
    const [end] = pair.ends!
    for (let n = 0; n < burst; n++) end.receive(create())
    expect(end.isClosed).toBe(false)
    end.receive(create())
    expect(end.isClosed).toBe(true)
    expect(stateOf(pair, 0).value).toBe('flooded')
    pair.connect()
    settle(pair)
    expect(stateOf(pair, 0).value).toBe('open')
  })

  test('may send again at its rate', () => {
    const pair = new ChatPair()
    pair.connect()
    settle(pair)
    const [end] = pair.ends!
    for (let second = 0; second < 20; second++) {
      for (let n = 0; n < contentLimits.chatMessagesPerSecond; n++)
        end.receive('x'.repeat(contentLimits.chatBytesPerSecond / 100 - 10))
      pair.nowMs += 1_000
    }
    expect(end.isClosed).toBe(false)
  })

  test('is never a page of ours: the longest texts of a full outbox stay below the limits', () => {
    const pair = new ChatPair()
    pair.connect()
    settle(pair)
    pair.cut()
    const [ann, ben] = pair.pages
    for (let n = 0; n < contentLimits.chatWaitingTexts; n++) ann.chat.send('"'.repeat(contentLimits.chatTextCharacters))
    pair.connect()
    settle(pair)
    expect(stateOf(pair, 1).value).toBe('open')
    expect(stateOf(pair, 0).context.outbox).toEqual([])
    expect(ben.textsFrom('peer')).toHaveLength(contentLimits.chatKeptCharacters / contentLimits.chatTextCharacters)
  })
})

/** Something that happens to two pages with a chat. */
type Step =
  | { do: 'say'; page: 0 | 1 }
  | { do: 'deliver'; page: 0 | 1; count: number }
  | { do: 'wait' }
  | { do: 'connect' }
  | { do: 'cut' }
  | { do: 'reload'; page: 0 | 1; isOrderly: boolean }

const pageArbitrary = fc.constantFrom<(0 | 1)[]>(0, 1)
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), page: pageArbitrary }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      page: pageArbitrary,
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'wait' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'connect' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'cut' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reload' as const), page: pageArbitrary, isOrderly: fc.boolean() }),
  },
)

test('each text arrives once and in order, whatever is cut, reloaded or killed in between', () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 60 }), (steps) => {
      const pair = new ChatPair()
      pair.connect()
      settle(pair)
      const said: [string[], string[]] = [[], []]
      for (const step of steps) {
        if (step.do === 'say') {
          const text = `${step.page}.${said[step.page].length}`
          if (pair.pages[step.page].chat.send(text)) said[step.page].push(text)
        } else if (step.do === 'deliver') for (let n = 0; n < step.count; n++) pair.deliver(step.page)
        else if (step.do === 'wait') {
          pair.nowMs += timeouts.chatAckMs
          vi.advanceTimersByTime(timeouts.chatAckMs)
        } else if (step.do === 'connect') pair.connect()
        else if (step.do === 'cut') pair.cut()
        else {
          // The connection ends with its page.
          const other = pair.pages[step.page === 0 ? 1 : 0]
          pair.pages[step.page].reload(step.isOrderly)
          other.stopChannel?.()
          other.stopChannel = null
        }
      }
      pair.connect()
      settle(pair)
      expect(pair.pages[1].textsFrom('peer')).toEqual(said[0])
      expect(pair.pages[0].textsFrom('peer')).toEqual(said[1])
      expect(pair.pages[0].textsFrom('own')).toEqual(said[0])
      for (const page of pair.pages) expect(page.chat.actor.getSnapshot().context.outbox).toEqual([])
    }),
    { numRuns: 100 },
  )
})
