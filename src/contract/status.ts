/** The states of a request's life. `cancelled` is that of requests that a client ended. */
export const Status = {
  pending: 'pending',
  processing: 'processing',
  success: 'success',
  failure: 'failure',
  cancelled: 'cancelled',
} as const

export type Status = (typeof Status)[keyof typeof Status]

/** The moves allowed. The repository refuses any other by naming the state it moves from in every WHERE. */
export const moves: Record<Status, readonly Status[]> = {
  pending: [Status.processing, Status.cancelled],
  processing: [Status.success, Status.failure, Status.pending, Status.cancelled],
  success: [],
  failure: [Status.pending],
  cancelled: [Status.pending],
}

/** Whether nothing more happens to a request by itself. */
export function hasEnded(status: Status): boolean {
  return status !== Status.pending && status !== Status.processing
}

/** Whether a client may have a request in this state tried anew. */
export function mayBeRenewed(status: Status): boolean {
  return hasEnded(status) && moves[status].includes(Status.pending)
}

/** The states from which `to` may be reached, for the WHERE of the statement that moves there. */
export function comesFrom(to: Status): Status[] {
  return Object.values(Status).filter((from) => moves[from].includes(to))
}
