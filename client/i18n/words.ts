/** What is so, and what to do about it. */
export interface Words { title: string; advice: string }
