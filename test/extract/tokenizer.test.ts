import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2'
import { createTokenizer } from '../../src/extract/tokenizer.ts'
import { hostileShapes } from '../support/shapes.ts'

type Create = (callbacks: TokenizerCallbacks) => Tokenizer

/** All that a tokenizer tells of a text that comes in two pieces. */
function tokensOf(create: Create, text: string): unknown[] {
  const told: unknown[] = []
  const callbacks = new Proxy({} as TokenizerCallbacks, {
    get:
      (_, name) =>
      (...places: unknown[]) => {
        told.push([name, ...places])
        return false
      },
  })
  const tokenizer = create(callbacks)
  tokenizer.write(text.slice(0, text.length / 2))
  tokenizer.write(text.slice(text.length / 2))
  tokenizer.end()
  return told
}

const own: Create = (callbacks) => new Tokenizer({ decodeEntities: false }, callbacks)

const texts: Record<string, string> = {
  'of tags and text':
    '<!doctype html><p class="a b" id=\'c\' d=e f>x &amp; y</p><br/>z<!-- - -- --><a href="<>">ж</a>',
  'that ends in a tag': '<p>a<b class="c',
  'that ends in a comment': 'a<!-- b -',
  'of raw text':
    '<script>if (a < b) "</scrip>"</script><style>a>b</style><title>a<b</title><textarea></textarea>',
  'of what is no tag': 'a < b <3 </> </ a> <? php ?> <![CDATA[ x ]]> <!x>',
  'without anything': '',
}

describe('the tokenizer with a search of its own', () => {
  for (const [name, text] of Object.entries(texts))
    test(`tells the same as that of the library of a text ${name}`, () =>
      assert.deepEqual(tokensOf(createTokenizer, text), tokensOf(own, text)))

  for (const [name, create] of Object.entries(hostileShapes))
    test(`tells the same as that of the library of ${name}`, () => {
      const text = create().slice(0, 20_000)
      assert.deepEqual(tokensOf(createTokenizer, text), tokensOf(own, text))
    })

  test('takes the place of a search that the library has', () =>
    assert.equal(typeof Reflect.get(Tokenizer.prototype, 'fastForwardTo'), 'function'))
})
