/** Texts of the question before the Stately Inspector opens. */
export const en = {
  title: 'Show this page’s diagnostics at stately.ai?',
  advice:
    'This link opens the Stately Inspector, a page run by another company. It receives the states and events of your calls on this page as they happen. It receives no names, addresses, sound or video.',
  open: 'Open stately.ai',
  decline: 'No, thanks',
  blocked: {
    title: 'Your browser blocked the window',
    advice: 'Allow pop-ups for this page, then press “Open stately.ai” again.',
  },
}
