import { type ChildNode, Document, Element, type ParentNode, Text } from 'domhandler'

/** Puts a node at the end of a parent's children. The node must have no parent yet. */
export function append(parent: ParentNode, node: ChildNode): void {
  const before = parent.children.at(-1) ?? null
  node.parent = parent
  node.prev = before
  node.next = null
  if (before) {
    before.next = node
    parent.children.push(node)
    // An array that grows makes room for seventeen, and most elements have one child.
  } else parent.children = [node]
}

/** Puts a node before one that has a parent. What stands near the end of many children is found first. */
export function insertBefore(next: ChildNode, node: ChildNode): void {
  const { parent, prev } = next
  if (!parent) throw new Error('the node to insert before has no parent')
  parent.children.splice(parent.children.lastIndexOf(next), 0, node)
  node.parent = parent
  node.prev = prev
  node.next = next
  next.prev = node
  if (prev) prev.next = node
}

/** Takes a node out of its tree. */
export function detach(node: ChildNode): void {
  const { parent, prev, next } = node
  if (parent) parent.children.splice(parent.children.lastIndexOf(node), 1)
  if (prev) prev.next = next
  if (next) next.prev = prev
  node.parent = null
  node.prev = null
  node.next = null
}

/** An element of a name, without content. */
export function createElement(name: string, attributes: Record<string, string> = {}): Element {
  return new Element(name, attributes)
}

export function createText(text: string): Text {
  return new Text(text)
}

export function createDocument(): Document {
  return new Document([])
}
