import { z } from 'zod'
import { fromNumber } from './options.ts'

/** Longest that an answer waits for, in seconds: what stands between may cut longer ones off. */
export const LONGEST_WAIT = 60

const wait = fromNumber(
  z
    .number('must be a number of seconds')
    .min(0, 'must be 0 or more')
    .max(LONGEST_WAIT, `must be ${LONGEST_WAIT} or less`),
)

/** How long an answer may wait for the end of what is asked about. */
export const waitQuery = {
  wait: wait.default(0).meta({
    description:
      'Seconds to wait for the end; the answer comes the moment it is there, or when the time is over',
    examples: [30],
  }),
}

export const WaitQuery = z.strictObject(waitQuery)
