import type { Attachment } from 'svelte/attachments'

/**
 * Returns an attachment that assigns a stream to a `<video>`. As an attribute, Svelte would assign it again whenever
 * another attribute changes. Each assignment restarts the load, in black (HTML §4.8.11.2).
 */
export const srcObject =
  (stream: MediaStream | null): Attachment<HTMLVideoElement> =>
  (video) => {
    video.srcObject = stream
  }
