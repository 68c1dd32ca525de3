/**
 * What has happened, by the id of the request or the group it happened to: one has moved, which those who wait for it want to
 * know, or a client has cancelled one, which the worker that has it in hand wants to know.
 */
export interface News {
  of: 'request' | 'group' | 'cancelled'
  id: number
}

/**
 * Tells workers that there may be work, and all who wait what has happened. A ring and news may be lost or doubled: a slow
 * poll stands behind each.
 */
export interface Bell {
  ring(): void
  /** @returns a function that stops listening */
  listen(onRing: () => void): () => void
  /** Passes news on, after the commit of what they tell of. */
  tell(news: readonly News[]): void
  /**
   * Hears news, those of this process too; null where some may have been missed.
   * @returns a function that stops listening
   */
  hear(onNews: (news: readonly News[] | null) => void): () => void
  close(): Promise<void>
}
