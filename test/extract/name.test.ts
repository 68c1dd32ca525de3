import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanName } from '../../src/extract/name.ts'

describe('a name in a byline', () => {
  const bylines: [byline: string, name: string][] = [
    ['Jane Doe', 'Jane Doe'],
    ['By Jane Doe', 'Jane Doe'],
    ['by: Jane Doe', 'Jane Doe'],
    ['Written by Jane Doe on May 5, 2020', 'Jane Doe'],
    ['Posted by Jane Doe at 10:30', 'Jane Doe'],
    ['Von Max Müller', 'Max Müller'],
    ['Text: Max Müller', 'Max Müller'],
    ['Autor/in: Max Müller', 'Max Müller'],
    ['Ein Beitrag von Max Müller | 27.01.2022', 'Max Müller'],
    ['Par Amélie Dupont', 'Amélie Dupont'],
    ['Por Ana García', 'Ana García'],
    ['Автор: Иван Петров', 'Иван Петров'],
    ['Jane Doe | Senior Editor', 'Jane Doe'],
    ['Jane Doe · 5 min read', 'Jane Doe'],
    ['Jane Doe (Berlin)', 'Jane Doe'],
    ['Jane Doe jane@example.com', 'Jane Doe'],
    ['Jane Doe, John Roe and Kim Poe', 'Jane Doe, John Roe and Kim Poe'],
    ['Ludwig van Beethoven', 'Ludwig van Beethoven'],
    ['Dr. Jane Doe', 'Dr. Jane Doe'],
    ['joe_42', 'joe_42'],
    ['“Jane Doe”', 'Jane Doe'],
    ['Di Maio', 'Di Maio'],
  ]
  for (const [byline, name] of bylines)
    test(`is freed of what is around it: ${byline}`, () => assert.equal(cleanName(byline), name))

  const none = [
    '',
    'By',
    'Posted by',
    '12.05.2020',
    'https://example.com/jane',
    'jane@example.com',
    'www.example.com',
    '{{ author }}',
    'a text of so many words that it cannot be the name of anybody',
    'x',
  ]
  for (const text of none) test(`is none: ${text}`, () => assert.equal(cleanName(text), ''))
})
