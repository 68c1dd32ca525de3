/**
 * What has happened, by the id of the request or the group it happened to. Those who wait want to know of a `request` that has
 * ended, of one whose `progress` can be told, and of a `group` of which requests have ended; the worker that has a request in
 * hand wants to know that it was `cancelled`.
 */
export interface News {
  of: 'request' | 'progress' | 'group' | 'cancelled'
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
