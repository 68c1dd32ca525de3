/** Memory that all bodies in the making share. */
export interface Room {
  /** One fetch's part of it, until it is closed. */
  open(): Share
}

export interface Share {
  /** Takes `bytes` more. @returns false when the fetch had better wait for `onRoom` before it reads on */
  take(bytes: number): boolean
  /** Called when the fetch may read on. */
  onRoom: () => void
  /** Calls `onLent` once `bytes` can be had for a decoder, at once or later; then they are to be given back. */
  borrow(bytes: number, onLent: () => void): void
  giveBack(bytes: number): void
  close(): void
}

/** The part of all room that decoders work in. They are quick, for what they undo is there already. */
const DECODERS = 1 / 4

interface Loan {
  share: Share
  bytes: number
  onLent: () => void
}

/**
 * Keeps the sum of all bodies, and of what undoes their codings, near `total` bytes. Nothing that came is refused: beyond
 * the total each but the oldest fetch waits before it reads on or decodes, and since the oldest never does, no wait is for
 * ever. The sum passes the total by no more than one body, one decoder and one piece of each other.
 */
export function createRoom(total: number): Room {
  const shares = new Set<Share>()
  const isOldest = (share: Share) => shares.values().next().value === share
  const bodies = createBodies(total * (1 - DECODERS), isOldest)
  const decoders = createDecoders(total * DECODERS, isOldest)
  return {
    open() {
      let taken = 0
      let lent = 0
      const share: Share = {
        onRoom: () => {},
        take(bytes) {
          taken += bytes
          return bodies.take(share, bytes)
        },
        borrow(bytes, onLent) {
          decoders.borrow({
            share,
            bytes,
            onLent() {
              lent += bytes
              onLent()
            },
          })
        },
        giveBack(bytes) {
          // Of a share that is closed all has come back.
          const back = Math.min(lent, bytes)
          lent -= back
          decoders.giveBack(back)
        },
        close() {
          if (!shares.delete(share)) return
          const all = lent
          lent = 0
          bodies.leave(share, taken)
          decoders.leave(share, all)
        },
      }
      shares.add(share)
      return share
    },
  }
}

type IsOldest = (share: Share) => boolean

function createBodies(total: number, isOldest: IsOldest) {
  const waiting = new Set<Share>()
  let used = 0
  const mayGo = (share: Share) => used <= total || isOldest(share)
  return {
    take(share: Share, bytes: number): boolean {
      used += bytes
      if (mayGo(share)) return true
      waiting.add(share)
      return false
    },
    leave(share: Share, bytes: number): void {
      waiting.delete(share)
      used -= bytes
      for (const one of waiting) {
        if (!mayGo(one)) continue
        waiting.delete(one)
        one.onRoom()
      }
    },
  }
}

/** Lends first come, first served: what needs much is not passed by for ever by what needs little. */
function createDecoders(total: number, isOldest: IsOldest) {
  const asking = new Set<Loan>()
  let lent = 0
  const lend = (loan: Loan) => {
    asking.delete(loan)
    lent += loan.bytes
    loan.onLent()
  }
  const settle = () => {
    let isFirst = true
    for (const loan of asking) {
      if (isOldest(loan.share) || (isFirst && lent + loan.bytes <= total)) lend(loan)
      else isFirst = false
    }
  }
  return {
    borrow(loan: Loan): void {
      asking.add(loan)
      settle()
    },
    giveBack(bytes: number): void {
      lent -= bytes
      settle()
    },
    leave(share: Share, bytes: number): void {
      for (const loan of asking) if (loan.share === share) asking.delete(loan)
      lent -= bytes
      settle()
    },
  }
}
