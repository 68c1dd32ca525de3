import type { ParentNode } from 'domhandler'
export function toMarkdown(_root: ParentNode, _base: string): string {
  return ''
}
