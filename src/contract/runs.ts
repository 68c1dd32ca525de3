import { type CrawlPlan, firstPage } from './crawl.ts'
import { defaultFormats, type FormatOptions } from './formats.ts'
import type { NewGroup } from './groups.ts'
import type { NewRequest } from './repository.ts'
import type { TaskOptions } from './site.ts'
import type { Webhook } from './webhooks.ts'

/** How a page is asked for. */
interface Asked {
  queue: string
  priority: number
  options: TaskOptions
}

/** A page of a batch, with what is its own. */
type BatchPage = { url: string } & { [Name in keyof Asked]?: Asked[Name] | undefined }

/** What a schedule asks for at each run, as JSON can hold it. What pages have in common is kept once. */
export type Target =
  | { kind: 'url'; url: string; asked: Asked }
  | { kind: 'batch'; asked: Asked; pages: BatchPage[] }
  | { kind: 'crawl'; url: string; sitemap: boolean; plan: CrawlPlan }

/** The rows that a run begins with. */
export type Run =
  | { kind: 'url'; request: NewRequest }
  | { kind: 'batch' | 'crawl'; group: NewGroup; requests: NewRequest[] }

/** @param owner whose schedule it is, and whom it tells */
export function toRun(target: Target, owner: { caller: string | null; webhook: Webhook | undefined }): Run {
  const { caller, webhook } = owner
  if (target.kind === 'url') {
    const { url, asked } = target
    return { kind: 'url', request: { url, ...asked, options: withText(asked.options), caller, webhook } }
  }
  if (target.kind === 'batch') {
    const { asked, pages } = target
    const group = { kind: 'batch', caller, options: asked, webhook, closed: true } as const
    return { kind: 'batch', group, requests: pages.map((page) => toRequest(page, asked, caller)) }
  }
  const { url, sitemap } = target
  const plan = { ...target.plan, options: withText(target.plan.options) }
  const group = { kind: 'crawl', caller, options: plan, webhook, closed: false } as const
  return { kind: 'crawl', group, requests: [firstPage(plan, caller, url, sitemap)] }
}

function toRequest({ url, ...own }: BatchPage, asked: Asked, caller: string | null): NewRequest {
  return {
    url,
    queue: own.queue ?? asked.queue,
    priority: own.priority ?? asked.priority,
    options: withText({ ...asked.options, ...own.options }),
    caller,
  }
}

/** Pages are compared by their text, so it is made of each. */
function withText<Options extends FormatOptions>(options: Options): Options {
  const formats = options.formats ?? [...defaultFormats]
  return { ...options, formats: formats.includes('text') ? formats : [...formats, 'text'] }
}
