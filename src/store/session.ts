import type pg from 'pg'

export interface SessionOptions {
  url: string
  /** Run on every new connection, before the session counts as open. */
  setUp: string[]
  onOpen?: () => void
  onNotification?: (channel: string, payload: string) => void
}

/** A connection kept open: made again, with its set-up, whenever it breaks. */
export interface Session {
  readonly open: boolean
  query(text: string, values?: unknown[]): Promise<unknown>
  close(): Promise<void>
}

const RECONNECT_MS = 250

/**
 * Opens a Postgres session for what lives as long as a connection: LISTEN and session advisory locks.
 * Returns at once; the connection comes when the server does.
 */
export function openSession(options: SessionOptions): Session {
  let client: pg.Client | undefined
  let open = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const lose = (lost: pg.Client) => {
    if (client !== lost) return
    client = undefined
    open = false
    lost.end().catch(() => {})
    if (!closed) timer = setTimeout(() => void connect(), RECONNECT_MS)
  }

  const connect = async () => {
    const { default: driver } = await import('pg')
    if (closed) return
    const next = new driver.Client({
      connectionString: options.url,
      connectionTimeoutMillis: 2000,
      // Finds a server that vanished without a word; nothing else would ever be sent on an idle session.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: 'parsegate session',
    })
    client = next
    next.on('error', () => lose(next))
    next.on('end', () => lose(next))
    next.on('notification', ({ channel, payload = '' }) => options.onNotification?.(channel, payload))
    setUpSession(next, options.setUp).then(
      () => {
        if (client !== next) return
        open = true
        options.onOpen?.()
      },
      () => lose(next),
    )
  }

  void connect()
  return {
    get open() {
      return open
    },
    async query(text, values = []) {
      if (!client || !open) throw new Error('the session is not open')
      return client.query(text, values)
    },
    async close() {
      closed = true
      open = false
      clearTimeout(timer)
      const last = client
      client = undefined
      await last?.end().catch(() => {})
    },
  }
}

async function setUpSession(client: pg.Client, statements: string[]): Promise<void> {
  await client.connect()
  for (const statement of statements) await client.query(statement)
}
