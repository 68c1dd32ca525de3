/** What a page may be in the place of the page that was asked for. */
export const pageFlags = [
  /** A check whether a person asks, or a refusal because none seems to. */
  'bot_check',
  /** A question for consent that stands before the page. */
  'consent_wall',
  /** A form to log in, which the site led to. */
  'login_wall',
  /** A domain or host without a site: for sale, full of ads, suspended, or with what a new server shows. */
  'parked',
  /** "Not found" in words, with a status that says otherwise. */
  'soft_404',
  /** Nothing to read: what there is would come by scripts. */
  'empty',
] as const

export type PageFlag = (typeof pageFlags)[number]

/** Whether a text that came over the wire is a flag of the table. */
export function isPageFlag(text: unknown): text is PageFlag {
  return (pageFlags as readonly unknown[]).includes(text)
}

/** Whether what a flagged page says is the site's own content: nothing of an empty one is anybody else's. */
export function isContent(flags: readonly PageFlag[]): boolean {
  return flags.every((flag) => flag === 'empty')
}
