import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyReply } from 'fastify'
import { detach, hangUp, ignore, isRead } from './connection.ts'

/** One server-sent event (HTML Standard, 9.2). */
export interface StreamEvent {
  id: string
  event: string
  data: unknown
}

/** What a stream tells. Nothing else is kept for its client, so it should hold little. */
export interface Source {
  /**
   * Sends what there is to tell by now, or a part of that.
   * @returns `last` if nothing will ever follow, `more` if there is more now, `all` else
   */
  tell(send: (event: StreamEvent) => void): Promise<'last' | 'more' | 'all'>
  /** @param call to be called when there may be something to tell. @returns what ends that */
  watch(call: () => void): () => void
  /** From one `all` to the next time it is asked, in ms at least; 0 if not given. */
  pauseMs?: number
}

/** All streams of this process: one timer for all, and no more of them at work at once than the store is quick to answer. */
export interface Streams {
  /** Resolves as soon as it streams. */
  start(reply: FastifyReply, source: Source): Promise<void>
  /** Ends them all; clients come again, to whoever is there then, and miss nothing. */
  close(): void
}

/** A comment goes out so often, in ms, so that nothing on the way takes a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000

/** A stream ends after this time, in ms: clients come again by themselves, and spread over what processes there are then. */
const LIFETIME_MS = 600_000

/** A client that does not read is cut off so long after the end, in ms. */
const FLUSH_MS = 60_000

/** What clients are told to wait before they come again, in ms. */
const RETRY_MS = 1000

/** Sources asked at once. */
const TELL_AT_ONCE = 16

interface Live {
  line: Line
  source: Source
  /** By performance.now(): until when it streams; once it has ended, until when its client may read on. */
  until: number
  isOpen: boolean
  /** Its source is being asked, its client has not read, or it pauses. */
  isBusy: boolean
  /** Called while it was busy. */
  isCalled: boolean
  leave: () => void
}

export function createStreams(log: FastifyBaseLogger): Streams {
  const live = new Set<Live>()
  /** Those that are called and not busy. */
  const called = new Set<Live>()
  let telling = 0
  let isOver = false

  /** The client comes again, and is answered then. */
  const fail = (err: unknown) => {
    log.debug({ err }, 'a stream ended')
    return 'last' as const
  }
  const callNext = () => {
    for (const one of called) {
      if (telling >= TELL_AT_ONCE) return
      called.delete(one)
      void tell(one)
    }
  }
  const call = (one: Live) => {
    if (one.isBusy) one.isCalled = true
    else if (one.isOpen) called.add(one)
    callNext()
  }
  const tell = async (one: Live) => {
    telling += 1
    one.isBusy = true
    one.isCalled = false
    const told = await one.source.tell((event) => write(one, toText(event))).catch(fail)
    telling -= 1
    callNext()
    if (told === 'last') return end(one)
    await drained(one.line.out)
    if (told === 'all' && one.source.pauseMs) await pause(one.source.pauseMs)
    one.isBusy = false
    if (one.isCalled || told === 'more') call(one)
  }
  const end = (one: Live) => {
    if (!one.isOpen) return
    one.isOpen = false
    one.until = performance.now() + FLUSH_MS
    called.delete(one)
    one.leave()
    one.line.end()
  }
  const beat = (one: Live, now: number) => {
    if (now >= one.until) {
      if (one.isOpen && !one.line.out.writableNeedDrain) end(one)
      else one.line.out.destroy()
    } else if (!one.isBusy) write(one, ': \n\n')
  }
  const beating = setInterval(() => {
    const now = performance.now()
    for (const one of live) beat(one, now)
  }, HEARTBEAT_MS).unref()

  return {
    async start(reply, source) {
      reply.hijack()
      reply.raw.writeHead(200, HEAD)
      if (reply.request.method === 'HEAD') return void reply.raw.end()
      reply.raw.write(`retry: ${RETRY_MS}\n\n`)
      const line = await openLine(reply)
      if (line.out.destroyed || isOver) return line.end()
      const until = performance.now() + LIFETIME_MS
      const one: Live = { line, source, until, isOpen: true, isBusy: false, isCalled: false, leave() {} }
      live.add(one)
      line.out.once('close', () => {
        live.delete(one)
        end(one)
      })
      one.leave = source.watch(() => call(one))
      call(one)
    },
    close() {
      isOver = true
      clearInterval(beating)
      for (const one of live) end(one)
    },
  }
}

function write({ isOpen, line }: Live, text: string): void {
  if (isOpen) line.out.write(line.frame(text))
}

const toText = ({ id, event, data }: StreamEvent) =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())

/** Resolves when a client has room for more, or is gone: who is slow holds up its own stream, not our memory. */
async function drained(out: Line['out']): Promise<void> {
  if (!out.writableNeedDrain || out.destroyed) return
  await new Promise<void>((resolve) => {
    const go = () => {
      out.off('drain', go)
      out.off('close', go)
      resolve()
    }
    out.once('drain', go)
    out.once('close', go)
  })
}

/** The way to one client. */
interface Line {
  out: Socket | ServerResponse
  /** Text as it is put on the way. */
  frame: (text: string) => string
  end: () => void
}

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Proxies that gather answers would keep events back.
  'x-accel-buffering': 'no',
  // What else a client may send on this connection is not read.
  connection: 'close',
}

/** Keeps no more of a client than its connection, where it can. */
async function openLine(reply: FastifyReply): Promise<Line> {
  const { raw, request } = reply
  const { socket } = request.raw
  if (!(await isRead(request.raw)) || raw.socket !== socket || socket.destroyed) return throughResponse(raw)
  const isChunked = raw.chunkedEncoding
  detach(socket, reply)
  return throughSocket(socket, isChunked)
}

function throughResponse(raw: ServerResponse): Line {
  return { out: raw, frame: asIs, end: () => void raw.end() }
}

function throughSocket(socket: Socket, isChunked: boolean): Line {
  socket.on('error', ignore).on('end', hangUp).resume()
  const end = () => endSocket(socket, isChunked ? '0\r\n\r\n' : '')
  return { out: socket, frame: isChunked ? toChunk : asIs, end }
}

const asIs = (text: string) => text

/** RFC 9112, 7.1. */
const toChunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

/** Closes it when all is sent, whether or not the other side does. */
function endSocket(socket: Socket, last: string): void {
  if (!socket.writable) return
  socket.end(last)
  socket.destroySoon()
}

/** What `Last-Event-ID` says (HTML Standard, 9.2.4); undefined without one. */
export function lastEventId(headers: Record<string, unknown>): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' ? id : undefined
}
