/** Tells workers that there may be work. A ring may be lost or doubled: a slow poll stands behind it. */
export interface Bell {
  ring(): void
  /** @returns a function that stops listening */
  listen(onRing: () => void): () => void
  close(): Promise<void>
}
