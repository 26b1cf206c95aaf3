/**
 * What a code is made of: its numbers are places in this list, so its order is part of the protocol. Each can be told from the
 * others by its look and by its name, said aloud over a bad line; each is one code point that is a picture without being asked
 * to, in Unicode 11 (2018) or before, so that every system has it.
 */
export const emoji = [
  '🐶', '🐱', '🦁', '🐴', '🐷', '🐘', '🐰', '🐼', '🐓', '🐧', '🐢', '🐟', '🐙', '🦋', '🐌', '🦉',
  '🌻', '🌲', '🌵', '🍄', '🌙', '🔥', '🌈', '🌍', '🍌', '🍎', '🍓', '🍇', '🌽', '🥕', '🍕', '🎂',
  '🥨', '🧀', '🤖', '⛺', '👓', '👍', '🧲', '💎', '🎁', '💡', '📖', '📎', '🔑', '🔒', '🔨', '🧭',
  '🔭', '☔', '🔔', '⚓', '🎸', '🎺', '🎧', '🏆', '🧩', '🎲', '🚂', '🚲', '🚀', '🚌', '⛵', '🥁',
] as const

export type Emoji = (typeof emoji)[number]
