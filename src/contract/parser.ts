import type { Page, Task } from './models.ts'
import type { TaskOptions } from './site.ts'

/** Turns a URL into a page now. In this process, or in a parser's over HTTP. */
export interface Parser {
  /**
   * @param handedOn settles when the page has gone where it is to go: until then it counts as memory in use, and other
   *   pages may have to wait
   * @throws ServiceError with the page's fault; `fetch_timeout` or `timeout` when `signal` ends it
   */
  parse(url: string, options: TaskOptions, signal?: AbortSignal, handedOn?: Promise<void>): Promise<Page>
}

/** How a task comes to be handed out. */
export interface Handing {
  /** It was handed out before without an answer having come: look for the answer and for traces of it first. */
  again: boolean
  /** Milliseconds it has waited for a parser already. */
  waitedMs: number
  /** Ends the wait: the promise rejects with the signal's reason. */
  signal: AbortSignal
}

/** The worker's way to the parsers. */
export interface ParserLink {
  /** False while tasks cannot be handed out; a worker then claims none. */
  readonly ready: boolean
  /** How much of their time the parsers are at work, lately, 0 to 1; 0 where that is time of this process. */
  readonly load: number
  /** True where a task handed out goes on without the worker that sent it; false where it dies with it. */
  readonly outlivesWorker: boolean
  /**
   * Hands out a task and waits for its answer, through any outage of the way itself.
   * @throws ServiceError `timeout`, `parser_unavailable`, `bad_parser_result`, or the fault the parser reports
   */
  parse(task: Task, handing: Handing): Promise<Page>
  /** Drops what is still kept for an answer. Called after the commit, never before. */
  settled(id: number): Promise<void>
  /** Takes back a task no parser has taken yet. @returns whether it was taken back */
  withdraw(task: Task): Promise<boolean>
  /** Ends a task that nobody wants any more, wherever it is. Its wait has ended by its signal before. */
  cancel(task: Task): Promise<void>
  close(): Promise<void>
}
