import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultBlockedPorts, portOf } from '../../src/fetch/ports.ts'

describe('defaultBlockedPorts', () => {
  it('holds the ports of stores and of what browsers refuse', () => {
    const stores = [
      6379, 5432, 3306, 11211, 27017, 9200, 9300, 2375, 2376, 2379, 5984, 8086, 9042, 1433, 1521, 26379, 5672,
    ]
    const browsers = [
      0, 1, 7, 22, 25, 53, 110, 143, 389, 465, 514, 587, 636, 993, 2049, 5060, 6000, 6667, 6697, 10080,
    ]
    const open = [...stores, ...browsers].filter((port) => !defaultBlockedPorts.has(port))
    assert.deepEqual(open, [])
  })

  it('leaves open what sites are served on', () => {
    const usual = [80, 81, 443, 591, 3000, 5000, 8000, 8008, 8080, 8081, 8443, 8888, 9000, 9443]
    assert.deepEqual(
      usual.filter((port) => defaultBlockedPorts.has(port)),
      [],
    )
  })
})

describe('portOf', () => {
  it('is the one named, or the scheme’s own', () => {
    const urls = [
      'http://a.example/',
      'https://a.example/',
      'http://a.example:8080/',
      'https://a.example:80/',
      'http://a.example:0/',
    ]
    assert.deepEqual(
      urls.map((url) => portOf(new URL(url))),
      [80, 443, 8080, 80, 0],
    )
  })
})
