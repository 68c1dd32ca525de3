import { Cron } from 'croner'
import { z } from 'zod'

/** Shortest and longest time between two runs, in seconds. */
const SHORTEST_S = 10
const LONGEST_S = 366 * 86_400

/** When a schedule runs: exactly one of `cron` and `every`. */
export const timing = {
  cron: z
    .string('must be a text such as 0 6 * * 1-5')
    .max(200, 'must not be longer than 200 characters')
    .superRefine((pattern, context) => {
      const fault = cronFault(pattern)
      if (fault) context.addIssue(fault)
    })
    .optional()
    .meta({
      description: 'Minute, hour, day of the month, month and day of the week',
      examples: ['0 6 * * 1-5'],
    }),
  every: z
    .number('must be a number of seconds')
    .min(SHORTEST_S, `must be ${SHORTEST_S} or more`)
    .max(LONGEST_S, `must be ${LONGEST_S} or less`)
    .optional()
    .meta({ description: 'Seconds from one run to the next' }),
  timezone: z
    .string('must be a name such as Europe/Berlin')
    .max(100)
    .refine(isTimezone, 'is no time zone; give a name such as Europe/Berlin')
    .optional()
    .meta({ description: 'The time zone of `cron`; UTC if not given' }),
}

export interface Timing {
  cron?: string | undefined
  every?: number | undefined
  timezone?: string | undefined
}

/**
 * The first run after a time. Runs that were missed meanwhile are passed over.
 * @param last when it ran last, or was made
 * @returns null for a `cron` that never comes, as on 30 February
 */
export function nextRun({ cron, every = 0, timezone = 'UTC' }: Timing, last: Date, now: Date): Date | null {
  const from = new Date(Math.max(last.getTime(), now.getTime()))
  if (cron !== undefined) return new Cron(cron, { timezone }).nextRun(from)
  // In step with its beginning, however late a run was.
  const period = every * 1000
  const missed = Math.floor((from.getTime() - last.getTime()) / period)
  return new Date(last.getTime() + (missed + 1) * period)
}

function cronFault(pattern: string): string | null {
  // Five fields: to the second is what `every` is for, and words such as @reboot mean nothing here.
  if (pattern.trim().split(/\s+/).length !== 5) return 'must have five fields, as in 0 6 * * 1-5'
  try {
    return new Cron(pattern, { timezone: 'UTC' }).nextRun() === null ? 'never comes' : null
  } catch {
    return `is no cron pattern; give one such as 0 6 * * 1-5`
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
