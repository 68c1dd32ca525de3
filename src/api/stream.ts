import type { FastifyReply } from 'fastify'

/** Server-sent events to one client (HTML Standard, 9.2). */
export interface Stream {
  /** The client is there, and its time is not over. */
  readonly open: boolean
  /** Resolves when there is room for the next: a slow client holds up its own stream, not our memory. */
  send(event: { id: string; event: string; data: unknown }): Promise<void>
  /** Has it filled, and ends it when that is done. A fault ends it too: the client comes again, and is answered then. */
  run(fill: () => Promise<void>): Promise<void>
}

/** All streams of this process. */
export interface Streams {
  /** @param onEnd called once when the stream ends, whoever ends it */
  start(reply: FastifyReply, onEnd: () => void): Stream
  /** Ends them all; clients come again, to whoever is there then, and miss nothing. */
  close(): void
}

/** A comment goes out so often, in ms, so that nothing on the way takes a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000

/** A stream ends after this time, in ms: clients come again by themselves, and spread over what processes there are then. */
const LIFETIME_MS = 600_000

/** What clients are told to wait before they come again, in ms. */
const RETRY_MS = 1000

export function createStreams(): Streams {
  const live = new Set<{ beat: () => void; end: () => void }>()
  const beating = setInterval(() => {
    for (const { beat } of live) beat()
  }, HEARTBEAT_MS).unref()
  return {
    start(reply, onEnd) {
      const { raw } = reply
      reply.hijack()
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        // Proxies that gather answers would keep events back.
        'x-accel-buffering': 'no',
      })
      raw.write(`retry: ${RETRY_MS}\n\n`)
      let open = true
      const end = () => {
        if (!open) return
        open = false
        live.delete(entry)
        clearTimeout(timer)
        raw.end()
        onEnd()
      }
      const entry = { beat: () => void raw.write(': \n\n'), end }
      const timer = setTimeout(end, LIFETIME_MS).unref()
      raw.once('close', end)
      live.add(entry)
      return {
        get open() {
          return open
        },
        async send({ id, event, data }) {
          if (!open) return
          const hasRoom = raw.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
          if (!hasRoom && open) await drained(raw)
        },
        async run(fill) {
          await fill().catch((err) => reply.log.debug({ err }, 'a stream ended'))
          end()
        },
      }
    },
    close() {
      clearInterval(beating)
      for (const { end } of live) end()
    },
  }
}

function drained(raw: FastifyReply['raw']): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      raw.off('drain', go)
      raw.off('close', go)
      resolve()
    }
    raw.once('drain', go)
    raw.once('close', go)
  })
}

/** What `Last-Event-ID` says (HTML Standard, 9.2.4); undefined without one. */
export function lastEventId(headers: Record<string, unknown>): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' ? id : undefined
}
