import { lockFolder } from '../../src/store/lock.ts'

// Takes the lock that each message names, says whether it got it, and lets it go.
process.on('message', ({ folder, name }: { folder: string; name: string }) => {
  const release = lockFolder(folder, name, 5000)
  release?.()
  process.send?.(release !== undefined)
})
process.send?.('ready')
