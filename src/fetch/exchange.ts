import type { Dispatcher } from 'undici'
import { ServiceError } from '../contract/errors.ts'
import type { Body } from './body.ts'
import type { Connection } from './connection.ts'
import { toExchangeFault } from './fault.ts'

/** Fields of an answer by their names in lower case, each octet a character; several of one name make a list. */
export type Fields = Readonly<Record<string, string | string[] | undefined>>

/** The head of an answer. */
export interface Head {
  status: number
  headers: Fields
}

export interface Answer extends Head {
  body: Uint8Array
}

/** One GET: where, over which connection, with which header fields, and what becomes of the body. */
export interface Hop {
  url: URL
  connection: Connection
  /** Names and values in turn. */
  headers: string[]
  /** Looks at the head: a Body takes what follows, null leaves it unread. What it throws ends the exchange. */
  receive: (head: Head) => Body | null
  /** Milliseconds until the head of the answer is whole, and between two pieces of its body. */
  waits: Waits
  signal: AbortSignal
}

export interface Waits {
  firstByteMs: number
  chunkMs: number
}

// A server may say 103 as often as it likes; browsers stop listening too.
const maxInformational = 20

/**
 * Sends one GET over a connection that nobody else uses meanwhile. Unless the answer comes whole and without a fault the
 * connection is closed: what might still arrive on it must not become the answer to another request. undici has closed it too, by the time
 * that the answer is given, where more came than was asked for or the server will not go on.
 * @throws ServiceError `bad_response`, `connection_reset`, `tls_error`, `fetch_timeout`, what `receive` throws, or the signal's reason
 */
export async function exchange(hop: Hop): Promise<Answer> {
  if (hop.signal.aborted) {
    hop.connection.socket.destroy()
    throw hop.signal.reason
  }
  return new Promise((resolve, reject) => new Exchange(hop, resolve, reject).start())
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #hop: Hop
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (fault: unknown) => void
  #head: Head | undefined
  #body: Body | null = null
  #informational = 0
  #isSettled = false
  #hasEnded = false
  #received = 0
  #silence: NodeJS.Timeout | undefined

  constructor(hop: Hop, resolve: (answer: Answer) => void, reject: (fault: unknown) => void) {
    this.#hop = hop
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { url, connection, headers, signal } = this.#hop
    signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#await('head', this.#hop.waits.firstByteMs)
    try {
      connection.client.dispatch({ method: 'GET', path: url.pathname + url.search, headers }, this)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Fields): void {
    if (this.#isSettled) return
    if (status >= 100 && status < 200) this.#countInformational()
    else if (status < 100 || status > 599) this.#fail(new ServiceError('bad_response'))
    else this.#accept({ status, headers }, controller)
  }

  /** Gives up when nothing more has come by then. */
  #await(what: keyof typeof silences, ms: number): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => this.#endSilence(what), ms)
  }

  /** Where this process was busy elsewhere, what came meanwhile is read before the answer is given up. */
  #endSilence(what: keyof typeof silences): void {
    const [silence, received, head] = [this.#silence, this.#received, this.#head]
    setImmediate(() => {
      const isSilent = silence === this.#silence && received === this.#received && head === this.#head
      if (isSilent) this.#fail(new ServiceError('fetch_timeout', silences[what]))
    })
  }

  #accept(head: Head, controller: Dispatcher.DispatchController): void {
    this.#head = head
    try {
      this.#body = this.#hop.receive(head)
    } catch (thrown) {
      this.#fail(thrown)
      return
    }
    this.#await('piece', this.#hop.waits.chunkMs)
    this.#body?.listen({
      onDrain: () => {
        if (!this.#hasEnded) this.#await('piece', this.#hop.waits.chunkMs)
        controller.resume()
      },
      onEnd: (bytes) => this.#succeed(bytes),
      onFault: (fault) => this.#fail(fault),
    })
    if (this.#body === null) this.#succeed(new Uint8Array(0))
  }

  #countInformational(): void {
    this.#informational += 1
    if (this.#informational > maxInformational) this.#fail(new ServiceError('bad_response'))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return
    this.#silence?.refresh()
    this.#received += chunk.length
    if (this.#body?.write(chunk) !== false) return
    // Now it is the server that waits for us.
    clearTimeout(this.#silence)
    if (!this.#isSettled) controller.pause()
  }

  onResponseEnd(): void {
    this.#hasEnded = true
    clearTimeout(this.#silence)
    const fault = this.#hop.connection.fault()
    if (fault) this.#fail(fault)
    else if (!this.#isSettled) this.#body?.end()
  }

  onResponseError(_controller: unknown, fault: Error): void {
    // The socket's own fault came first: what undici makes of it is a consequence.
    this.#fail(this.#hop.connection.fault() ?? fault)
  }

  #onAbort = (): void => this.#fail(this.#hop.signal.reason)

  #succeed(body: Uint8Array): void {
    if (this.#isSettled || !this.#head) return
    this.#settle()
    if (!this.#hasEnded) this.#close()
    this.#resolve({ ...this.#head, body })
  }

  #fail(thrown: unknown): void {
    if (this.#isSettled) return
    const fault = this.#placed(toExchangeFault(thrown, this.#hop.connection.socket))
    this.#settle()
    this.#close()
    this.#body?.destroy()
    this.#reject(fault)
  }

  /** An answer that breaks off tells how far it came. */
  #placed(fault: ServiceError): ServiceError {
    if (!this.#head || fault.code !== 'connection_reset') return fault
    const message = `The site closed the connection after ${this.#received} bytes of its answer, before it was complete.`
    const { status: targetStatus } = this.#head
    return new ServiceError(fault.code, message, {
      cause: fault.cause,
      targetStatus,
      finalUrl: this.#hop.url.href,
    })
  }

  #settle(): void {
    this.#isSettled = true
    clearTimeout(this.#silence)
    this.#hop.signal.removeEventListener('abort', this.#onAbort)
  }

  /** With an error, or undici would take the end it caused itself for the end of the body, and parse on. */
  #close(): void {
    const { socket } = this.#hop.connection
    if (!socket.destroyed) socket.destroy(done)
  }
}

const silences = {
  head: 'The site did not begin its answer within the time allowed (FIRST_BYTE_TIMEOUT).',
  piece: 'The site fell silent within its answer for longer than allowed (CHUNK_TIMEOUT).',
}

const done = Object.assign(new Error('done'), { code: 'UND_ERR_ABORTED' })
