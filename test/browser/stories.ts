import { expect } from 'vitest'
import type { ChromiumOptions } from './chromium.ts'
import type { House } from './house.ts'
import { call, measured, type Screen, type Visitor } from './screens.ts'

/** Screens that the first of two people comes to in one call, one after the other. */
export interface Story {
  begin(house: House, options: ChromiumOptions): Promise<[Visitor, Visitor]>
  scenes: Scene[]
}

export interface Scene extends Pick<Screen, 'name' | 'heading'> {
  /** From the one before. */
  reach(ann: Visitor, ben: Visitor): Promise<unknown>
}

const heading = /your call/i
const says = ({ tab }: Visitor, code: string): Promise<void> => tab.page.locator(`[data-safety=${code}]`).waitFor()

/** From its beginning to its end. */
const whole: Scene[] = [
  { name: 'call', heading, reach: async () => undefined },
  {
    name: 'devices', heading,
    reach: async (ann) => {
      await ann.press('Devices')
      await ann.reads('Shortcuts')
    },
  },
  {
    name: 'safety', heading,
    reach: async (ann) => {
      await ann.press('Safety code: Not compared yet')
      await ann.tab.page.getByRole('button', { name: 'They match', disabled: false }).waitFor()
    },
  },
  { name: 'safety-differs', heading, reach: (ann) => ann.press('They differ').then(() => says(ann, 'differs')) },
  { name: 'safety-verified', heading, reach: (ann) => ann.press('They match').then(() => says(ann, 'verified')) },
  { name: 'safety-verified-mark', heading, reach: (ann) => ann.tab.page.keyboard.press('Escape') },
  {
    name: 'diagnostics', heading,
    reach: async (ann) => {
      await ann.tab.page.keyboard.press('d')
      await ann.reads(/Through a relay|Direct/)
      await ann.reads('They')
    },
  },
  {
    name: 'call-camera-off', heading,
    reach: async (ann, ben) => {
      await ann.press('Close the diagnostics')
      await ben.press('Camera off')
      await ben.press('Mute')
      await ann.reads('Their camera is off')
    },
  },
  {
    name: 'safety-changed', heading,
    reach: async (ann, ben) => {
      await ben.tab.page.reload()
      await ann.reads('counts no more')
      await ben.becomes({ call: 'connected' })
      await expect.poll(() => ann.words()).not.toMatch(/[Rr]econnecting/)
      await measured(ann)
    },
  },
  {
    name: 'left', heading: /you left/i,
    reach: async (ann) => {
      await ann.press('Hang up')
      await ann.becomes({ visit: 'outside' })
    },
  },
  {
    name: 'diagnostics-left', heading: /you left/i,
    reach: async (ann) => {
      await ann.press('Diagnostics')
      await ann.reads('What happened')
    },
  },
]

/** Runs in a page that shows another nonce than the one that it is bound to. */
const liar = `RTCDataChannel.prototype.send = ((send) => function (text) {
  send.call(this, text.replace(/"nonce":"[^"]{43}"/, '"nonce":"' + 'A'.repeat(43) + '"'))
})(RTCDataChannel.prototype.send)`

/** With somebody who may be in between. */
const aborted: Scene[] = [
  { name: 'safety-aborted', heading, reach: (ann) => ann.reads('Somebody may be in between') },
  {
    name: 'safety-aborted-panel', heading,
    reach: async (ann) => {
      await ann.press('Close this notice')
      await ann.press('Safety code: Not certain')
    },
  },
]

export const stories: Story[] = [
  { begin: (house, options) => call(house, options), scenes: whole },
  { begin: (house, options) => call(house, options, house.newRoom(), { script: liar }), scenes: aborted },
]
