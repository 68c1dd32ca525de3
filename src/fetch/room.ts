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
  close(): void
}

/**
 * Keeps the sum of all bodies near `total` bytes. Nothing that came is refused: beyond the total each but the oldest
 * fetch waits before it reads on, and since the oldest never does, no wait is for ever. The sum passes the total by no
 * more than one body and one piece of each other.
 */
export function createRoom(total: number): Room {
  const shares = new Set<Share>()
  const waiting = new Set<Share>()
  let used = 0
  const mayGo = (share: Share) => used <= total || shares.values().next().value === share
  const wake = () => {
    for (const share of waiting) {
      if (!mayGo(share)) continue
      waiting.delete(share)
      share.onRoom()
    }
  }
  return {
    open() {
      let mine = 0
      const share: Share = {
        onRoom: () => {},
        take(bytes) {
          mine += bytes
          used += bytes
          if (mayGo(share)) return true
          waiting.add(share)
          return false
        },
        close() {
          if (!shares.delete(share)) return
          waiting.delete(share)
          used -= mine
          wake()
        },
      }
      shares.add(share)
      return share
    },
  }
}
