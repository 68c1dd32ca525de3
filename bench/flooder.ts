import { connect, type Socket } from 'node:net'

// Submits so many URLs a second, whatever is answered, in a process of its own; at the end it waits for all answers and tells
// its parent what they were. Usage: flooder.ts BASE URL RATE SECONDS

/** What a flood was answered with, by how often. */
export interface Answers {
  /** What could not be sent in time because nothing read what was sent before. */
  unsent: number
  accepted: number
  /** Refused with 503 or 429 and a Retry-After. */
  refused: number
  /** Anything else, connections that broke included. */
  other: number
}

const SOCKETS = 64
const TICK_MS = 10

/** Most requests without an answer on one connection: a client that would send more waits. */
const MOST_OPEN = 64

const [base = '', target = '', rate = '', seconds = ''] = process.argv.slice(2)
const { hostname, port } = new URL(base)
const answers: Answers = { unsent: 0, accepted: 0, refused: 0, other: 0 }
const lines = Array.from({ length: SOCKETS }, () => open())
let sent = 0

interface Line {
  socket: Socket
  open: number
  rest: string
}

function open(): Line {
  const line: Line = { socket: connect(Number(port), hostname), open: 0, rest: '' }
  line.socket.setEncoding('latin1')
  line.socket.on('data', (text: string) => {
    line.rest = take(line, line.rest + text)
  })
  line.socket.on('error', () => {})
  line.socket.on('close', () => {
    answers.other += line.open
    line.open = 0
  })
  return line
}

/** Counts the answers that are there whole. @returns what follows them */
function take(line: Line, text: string): string {
  let at = 0
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end === -1) return text.slice(at)
    const head = text.slice(at, end).toLowerCase()
    const next = end + 4 + Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0)
    if (next > text.length) return text.slice(at)
    count(head)
    line.open -= 1
    at = next
  }
}

function count(head: string): void {
  const status = head.slice(9, 12)
  if (status === '202') answers.accepted += 1
  else if ((status === '503' || status === '429') && head.includes('\nretry-after: ')) answers.refused += 1
  else answers.other += 1
}

function submit(): void {
  const line = lines[sent % SOCKETS]
  sent += 1
  if (!line || line.open >= MOST_OPEN || line.socket.destroyed) {
    answers.unsent += 1
    return
  }
  const body = JSON.stringify({ url: `${target}?${sent}` })
  const head = `POST /parse_async HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  line.socket.write(`${head}\r\n\r\n${body}`)
  line.open += 1
}

const begun = performance.now()
const ticking = setInterval(() => {
  const elapsed = Math.min(performance.now() - begun, Number(seconds) * 1000)
  const due = Math.floor((elapsed / 1000) * Number(rate))
  while (sent < due) submit()
  if (elapsed < Number(seconds) * 1000 || lines.some((line) => line.open > 0)) return
  clearInterval(ticking)
  process.send?.(answers)
}, TICK_MS)
