import type { Emoji } from '../verification/emoji.ts'

/** What each picture of a safety code is called: read by those who listen, and to each other. */
export const emojiNames: Record<Emoji, string> = {
  '🐶': 'Dog', '🐱': 'Cat', '🦁': 'Lion', '🐴': 'Horse', '🐷': 'Pig', '🐘': 'Elephant', '🐰': 'Rabbit', '🐼': 'Panda',
  '🐓': 'Rooster', '🐧': 'Penguin', '🐢': 'Turtle', '🐟': 'Fish', '🐙': 'Octopus', '🦋': 'Butterfly', '🐌': 'Snail', '🦉': 'Owl',
  '🌻': 'Sunflower', '🌲': 'Tree', '🌵': 'Cactus', '🍄': 'Mushroom', '🌙': 'Moon', '🔥': 'Fire', '🌈': 'Rainbow', '🌍': 'Globe',
  '🍌': 'Banana', '🍎': 'Apple', '🍓': 'Strawberry', '🍇': 'Grapes', '🌽': 'Corn', '🥕': 'Carrot', '🍕': 'Pizza', '🎂': 'Cake',
  '🥨': 'Pretzel', '🧀': 'Cheese', '🤖': 'Robot', '⛺': 'Tent', '👓': 'Glasses', '👍': 'Thumb', '🧲': 'Magnet', '💎': 'Diamond',
  '🎁': 'Gift', '💡': 'Lamp', '📖': 'Book', '📎': 'Paperclip', '🔑': 'Key', '🔒': 'Lock', '🔨': 'Hammer', '🧭': 'Compass',
  '🔭': 'Telescope', '☔': 'Umbrella', '🔔': 'Bell', '⚓': 'Anchor', '🎸': 'Guitar', '🎺': 'Trumpet', '🎧': 'Headphones', '🏆': 'Trophy',
  '🧩': 'Puzzle', '🎲': 'Dice', '🚂': 'Train', '🚲': 'Bicycle', '🚀': 'Rocket', '🚌': 'Bus', '⛵': 'Boat', '🥁': 'Drum',
}
