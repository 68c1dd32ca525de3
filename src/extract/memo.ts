/** Answers that are kept, so that no page makes them grow without end. */
const MOST = 4096

/** Answers as another does, and asks it once: pages repeat what they are made of a thousandfold. Lasts as long as a page. */
export function keep<Answer>(read: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, Answer>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const answer = read(text)
    if (known.size < MOST) known.set(text, answer)
    return answer
  }
}
