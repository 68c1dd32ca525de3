import type { AnyNode, ChildNode, ParentNode } from 'domhandler'

/** What a walk does at a node, before and after its children. */
export interface Visitor {
  /** @returns false to pass over the node's children; `leave` is not called for it then */
  enter: (node: ChildNode) => boolean
  leave: (node: ParentNode & ChildNode) => void
}

/** Goes through everything below a node in document order, by the links of the tree and so at any depth. */
export function walk(root: ParentNode, { enter, leave }: Visitor): void {
  let node: AnyNode | null = root.children[0] ?? null
  while (node !== null && node !== root) {
    if (enter(node as ChildNode) && 'children' in node) {
      const child: ChildNode | undefined = node.children[0]
      if (child) {
        node = child
        continue
      }
      leave(node as ParentNode & ChildNode)
    }
    while (node !== null && node !== root && node.next === null) {
      node = node.parent
      if (node !== null && node !== root) leave(node as ParentNode & ChildNode)
    }
    if (node === null || node === root) return
    node = node.next
  }
}
