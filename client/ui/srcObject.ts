import type { Attachment } from 'svelte/attachments'

/**
 * Attachment for a `<video>`. As an attribute, Svelte would assign the stream again whenever another attribute changes, and with
 * each assignment a browser begins anew, in black (HTML §4.8.11.2).
 */
export const srcObject =
  (stream: MediaStream | null): Attachment<HTMLVideoElement> =>
  (video) => {
    video.srcObject = stream
  }
