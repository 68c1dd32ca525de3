import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { titleOf } from '../../src/extract/title.ts'
import { titles } from './titles.ts'

describe('the title of a page', () => {
  for (const [name, html, title] of titles) {
    test(`is as a browser has it: ${name}`, () => assert.equal(titleOf(html), title))
  }
})

describe('a page made to be slow', () => {
  const many = 200_000
  const pages: [name: string, html: string, title: string][] = [
    ['nested elements', `${'<b>'.repeat(many)}<title>x</title>`, 'x'],
    [
      'elements closed that were never open',
      `${'<i>'.repeat(many)}${'</b>'.repeat(many)}<title>x</title>`,
      'x',
    ],
    ['nested SVG', `${'<svg><foreignObject>'.repeat(many)}<title>x</title>`, 'x'],
    ['less-than signs', `${'<'.repeat(many)}<title>x</title>`, 'x'],
    ['comments that do not end', '<!--'.repeat(many), ''],
    ['a tag that does not end', `<title ${'a='.repeat(many)}`, ''],
    ['starts of titles', '<title'.repeat(many), ''],
    ['titles that do not end', '<title>'.repeat(many), '<title>'.repeat(many - 1)],
    ['ends of scripts within comments', `<script>${'<!--<script></script>'.repeat(many)}`, ''],
    ['ampersands', `<title>${'&'.repeat(many)}</title>`, '&'.repeat(many)],
    ['white space', `<title>${' '.repeat(many)}x${' '.repeat(many)}</title>`, 'x'],
    ['quotes', `<a ${'"'.repeat(many)}><title>x</title>`, 'x'],
    ['templates', `${'<template>'.repeat(many)}${'</template>'.repeat(many)}<title>x</title>`, 'x'],
  ]
  for (const [name, html, title] of pages) {
    // What takes time squared would not end within any patience: 200,000 squared is 40 billion steps.
    test(`is read to its end: ${name}`, () => assert.ok(titleOf(html) === title, titleOf(html).slice(0, 80)))
  }
})
