const consonants = 'bdfghjklmnprstvz'
const vowels = 'aiou'
const wordCount = 5

/** Encodes 16 bits as five pronounceable letters: Wilkerson, "A Proposal for Proquints" (arXiv 0901.4016). */
export function encodeProquint(bits: number): string {
  const consonant = (shift: number) => consonants.charAt((bits >> shift) & 15)
  const vowel = (shift: number) => vowels.charAt((bits >> shift) & 3)
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0)
}

/** Returns an unguessable room name that is easy to dictate: 80 bits, as in `lusab-gutih-tugad-mudof-sakat`. */
export function generateRoomName(random: Uint16Array = crypto.getRandomValues(new Uint16Array(wordCount))): string {
  return [...random].map(encodeProquint).join('-')
}
