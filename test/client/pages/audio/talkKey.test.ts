import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { listenToTalkKey } from '../../../../client/pages/audio/talkKey.ts'

/** An element that matches these selectors. */
class FakeElement {
  readonly #selectors: readonly string[]
  constructor(...selectors: string[]) {
    this.#selectors = selectors
  }
  matches = (selector: string): boolean => this.#selectors.includes(selector)
  closest = (selector: string): object | null =>
    this.#selectors.some((each) => selector.split(/, (?![^(]*\))/).includes(each)) ? this : null
}

let target = new EventTarget()
let isListening = true
let calls: string[] = []
let stop = (): void => undefined

/** Sends a key event, and returns whether the page prevented the default action. */
function send(type: 'keydown' | 'keyup', fields: Partial<KeyboardEvent> = {}, at = new FakeElement()): boolean {
  const event = Object.assign(new Event(type, { cancelable: true }), { code: 'Space', ...fields })
  Object.defineProperty(event, 'target', { value: at })
  target.dispatchEvent(event)
  return event.defaultPrevented
}

beforeEach(() => {
  target = new EventTarget()
  isListening = true
  calls = []
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
  vi.stubGlobal('document', target)
  vi.stubGlobal('Element', FakeElement)
  stop = listenToTalkKey({
    isListening: () => isListening,
    onPress: () => calls.push('press'),
    onRelease: () => calls.push('release'),
    onFocusLost: () => calls.push('lost'),
  })
})
afterEach(() => vi.unstubAllGlobals())

test('a held key is one press, and its repetitions do nothing to the page', () => {
  expect(send('keydown')).toBe(true)
  expect(send('keydown', { repeat: true })).toBe(true)
  expect(send('keyup')).toBe(true)
  expect(calls).toEqual(['press', 'release'])
})

test.each<[string, Partial<KeyboardEvent>, FakeElement?]>([
  ['another key', { code: 'KeyM' }],
  ['a shortcut of the browser', { ctrlKey: true }],
  ['a repetition of a key that was pressed elsewhere', { repeat: true }],
  ['the space bar in a field', {}, new FakeElement('textarea')],
])('%s keeps its meaning', (_, fields, at) => {
  expect(send('keydown', fields, at)).toBe(false)
  expect(send('keyup', fields, at)).toBe(false)
  expect(calls).toEqual([])
})

test('a control that was reached by keyboard keeps its key, and one that was clicked does not', () => {
  const focus = (element: FakeElement): void => {
    target.dispatchEvent(Object.defineProperty(new Event('focusin'), 'target', { value: element }))
  }
  const [reached, clicked] = [new FakeElement(':focus-visible'), new FakeElement()]
  focus(reached)
  expect(send('keydown', {}, reached)).toBe(false)
  focus(clicked)
  expect(send('keydown', {}, clicked)).toBe(true)
})

test('without push to talk the space bar keeps its meaning', () => {
  isListening = false
  expect(send('keydown')).toBe(false)
  expect(calls).toEqual([])
})

test.each(['blur', 'visibilitychange'])('%s ends the press, and a release after it does nothing', (type) => {
  send('keydown')
  target.dispatchEvent(new Event(type))
  expect(send('keyup')).toBe(false)
  expect(calls).toEqual(['press', 'lost'])
})

test('no key does anything after the stop', () => {
  stop()
  expect(send('keydown')).toBe(false)
  expect(calls).toEqual([])
})
