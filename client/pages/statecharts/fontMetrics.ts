/** Everything is set in one monospaced type, so that its width is known without a screen; the page stretches it to this. In pixels. */
export const fontMetrics = {
  nameCharWidthPx: 8,
  nameHeightPx: 36,
  labelCharWidthPx: 6.35,
  labelLineHeightPx: 15,
} as const
