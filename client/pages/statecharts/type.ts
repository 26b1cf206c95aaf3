/** Everything is set in one monospaced type, so that its width is known without a screen; the page stretches it to this. In pixels. */
export const type = { name: 8, nameHeight: 36, label: 6.35, labelHeight: 15 } as const
