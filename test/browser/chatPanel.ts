import { expect } from 'vitest'
import type { BrowserUser } from './browserUser.ts'

/** A text of the chat, as the page shows it. */
export interface ShownText {
  from: 'own' | 'peer'
  text: string
}

const readTexts = (): ShownText[] =>
  [...document.querySelectorAll<HTMLElement>('[role=log] .entry')].map((entry) => ({
    from: entry.classList.contains('own') ? 'own' : 'peer',
    text: entry.querySelector('.text')?.textContent?.trim() ?? '',
  }))

/** Runs in the page. Writes into the field as an input method does, and presses Enter. */
function type(text: string): void {
  const field = document.querySelector<HTMLTextAreaElement>('[popover] textarea')!
  field.value = text
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
}

/** Runs in the page. Opens the chat with its button, once the peer offers a chat. */
async function openPanel(): Promise<void> {
  const isOpen = () => document.querySelector('[popover]:popover-open textarea') !== null
  const button = () => document.querySelector<HTMLElement>('[popovertarget$="-chat"]:not([popovertargetaction])')
  while (!button()) await new Promise((resolve) => setTimeout(resolve, 50))
  if (!isOpen()) button()!.click()
  while (!isOpen()) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Opens the chat, unless it is open. */
export const openChat = (user: BrowserUser): Promise<void> => user.tab.run(openPanel, null)

/** Types a text and presses Enter. The chat is open. */
export const say = (user: BrowserUser, text: string): Promise<void> => user.tab.run(type, text)

/** Waits until the chat of the user has exactly these texts: `own: …` or `peer: …`. */
export const expectTexts = (user: BrowserUser, expected: readonly string[]): Promise<void> =>
  expect
    .poll(async () => (await user.tab.run(readTexts, null)).map(({ from, text }) => `${from}: ${text}`))
    .toEqual(expected)
