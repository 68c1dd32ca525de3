import type { Formats } from '../../src/contract/formats.ts'

/** The members of the service's answers that tests look at, of any of them. */
export interface Answer extends Formats {
  request_id: number
  status: string
  attempt: number
  attempts: object[]
  timings: object
  place: number
  created_at: string
  updated_at: string
  url: string
  title: string | null
  html: string | null
  final_url: string | null
  target_status: number | null
  content_type: string | null
  error: { code: string; message: string }
  detail: string
  code: string
  errors: { path: string; message: string }[]
}

/** The JSON of a response, taken to be an answer of the service. */
export async function readAnswer(response: Response): Promise<Answer> {
  return (await response.json()) as Answer
}

/** POSTs a body as JSON. */
export function postJson(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
