/** One server-sent event. */
export interface Event {
  id: string
  event: string
  data: Record<string, unknown>
}

/** Reads events as they come, as a browser does. */
export interface EventReader {
  status: number
  events: Event[]
  /** Comments, which keep the connection alive. */
  ended: Promise<void>
  leave(): void
}

/** @param last the `Last-Event-ID` to go on from */
export async function readEvents(url: string, last?: string): Promise<EventReader> {
  const leaving = new AbortController()
  const headers = last === undefined ? {} : { 'last-event-id': last }
  const response = await fetch(url, { headers, signal: leaving.signal })
  const events: Event[] = []
  return {
    status: response.status,
    events,
    ended: read(response, events).catch(() => {}),
    leave: () => leaving.abort(),
  }
}

async function read(response: Response, events: Event[]): Promise<void> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const event = toEvent(text.slice(0, end))
      if (event) events.push(event)
      text = text.slice(end + 2)
    }
  }
}

function toEvent(block: string): Event | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
  )
  const data = fields.get('data')
  if (data === undefined) return undefined
  return { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) }
}
