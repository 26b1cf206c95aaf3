/** Runs before a page's own scripts. A browser without a window answers its prompt by itself: this one keeps it until `answer()`. */
export const deferPromptScript = `{
  const { getUserMedia } = MediaDevices.prototype
  const answered = new Promise((answer) => Object.assign(window, { answer }))
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    await answered
    return getUserMedia.call(this, wanted)
  }
}`
