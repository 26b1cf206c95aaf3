const consonants = 'bdfghjklmnprstvz'
const vowels = 'aiou'
const words = 5

/** Sixteen bits as five letters that can be said: Wilkerson, "A Proposal for Proquints" (arXiv 0901.4016). */
export function proquint(bits: number): string {
  const consonant = (shift: number) => consonants.charAt((bits >> shift) & 15)
  const vowel = (shift: number) => vowels.charAt((bits >> shift) & 3)
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0)
}

/** A room's name that nobody guesses and anybody can dictate: 80 bits, as in `lusab-gutih-tugad-mudof-sakat`. */
export function makeName(random: Uint16Array = crypto.getRandomValues(new Uint16Array(words))): string {
  return [...random].map(proquint).join('-')
}
