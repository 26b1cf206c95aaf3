/** Widths and heights in px. The font is monospaced and stretched to these widths, so the build can lay text out. */
export const fontMetrics = {
  nameCharWidthPx: 8,
  nameHeightPx: 36,
  labelCharWidthPx: 6.35,
  labelLineHeightPx: 15,
} as const
