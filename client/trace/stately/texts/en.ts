/** Texts of the question before the Stately Inspector opens. */
export const en = {
  title: 'Show this page’s diagnostics at stately.ai?',
  advice:
    'This opens the Stately Inspector, a page run by another company. It receives the state machines, and the states and events of these calls as they happen. It receives no names of people or rooms, no addresses, sound or video.',
  open: 'Open stately.ai',
  decline: 'No, thanks',
  blocked: {
    title: 'Your browser blocked the window',
    advice: 'Allow pop-ups for this page, then press “Open stately.ai” again.',
  },
}
