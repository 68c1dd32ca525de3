import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCookies } from '../../src/fetch/cookies.ts'

describe('the cookies of a fetch', () => {
  const from = 'https://a.shop.example/'
  const cases: [name: string, cookie: string, to: string, sent: string | undefined][] = [
    ['go back to their host', 'a=1', 'https://a.shop.example/x', 'a=1'],
    ['go to no other host of the site unless they say so', 'a=1', 'https://shop.example/', undefined],
    ['go to the whole site when they say so', 'a=1; Domain=shop.example', 'https://b.shop.example/', 'a=1'],
    ['go to no other site', 'a=1; Domain=shop.example', 'https://shop.example.net/', undefined],
    ['are not set for another site', 'a=1; Domain=bank.example', 'https://bank.example/', undefined],
    [
      'are not set for the host of another',
      'a=1; Domain=b.shop.example',
      'https://b.shop.example/',
      undefined,
    ],
    ['go from https to http', 'a=1', 'http://a.shop.example/', 'a=1'],
    ['do not go to http where they are for https alone', 'a=1; Secure', 'http://a.shop.example/', undefined],
    ['go to https where they are for https alone', 'a=1; Secure', 'https://a.shop.example/', 'a=1'],
  ]
  for (const [name, cookie, to, sent] of cases) {
    it(name, async () => {
      const cookies = createCookies()
      await cookies.take({ 'set-cookie': cookie }, new URL(from))
      assert.equal(cookies.fieldFor(new URL(to), false), sent)
    })
  }

  it('are not set for every site of a public suffix', async () => {
    const cookies = createCookies()
    await cookies.take(
      { 'set-cookie': ['a=1; Domain=co.uk', 'b=2; Domain=uk'] },
      new URL('https://shop.co.uk/'),
    )
    assert.equal(cookies.fieldFor(new URL('https://shop.co.uk/'), false), undefined)
    assert.equal(cookies.fieldFor(new URL('https://bank.co.uk/'), false), undefined)
  })

  it('that a client gave go to their origin alone, until the site sets its own', async () => {
    const cookies = createCookies({ a: '1', b: '2' })
    const home = new URL('https://shop.example/')
    assert.equal(cookies.fieldFor(home, true), 'a=1; b=2')
    assert.equal(cookies.fieldFor(home, false), undefined)
    await cookies.take({ 'set-cookie': 'b=3' }, home)
    assert.equal(cookies.fieldFor(home, true), 'a=1; b=3')
    assert.equal(cookies.fieldFor(home, false), 'b=3')
  })
})
