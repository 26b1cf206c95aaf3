/** What is so, and what to do about it. */
export interface UserMessage {
  title: string
  advice: string
}
