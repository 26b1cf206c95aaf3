/** A message for the person: the title says what happened, the advice what to do. */
export interface UserMessage {
  title: string
  advice: string
}
