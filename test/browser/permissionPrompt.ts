/**
 * Runs before the page's own scripts. A headless browser answers its permission prompt at once. This script delays the
 * answer until `answer()`.
 */
export const deferPromptScript = `{
  const { getUserMedia } = MediaDevices.prototype
  const answered = new Promise((answer) => Object.assign(window, { answer }))
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    await answered
    return getUserMedia.call(this, wanted)
  }
}`

/** Runs before the page's own scripts: the user has not answered about notifications. A headless browser denies them. */
export const unansweredPermissionScript = `Object.defineProperty(Notification, 'permission', { get: () => 'default' })`
