import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findDates, readDate } from '../../src/extract/dates.ts'

const now = new Date('2026-01-15T12:00:00Z')
const american = { isMonthFirst: true, now }
const european = { isMonthFirst: false, now }

describe('the dates in a text', () => {
  const texts: [text: string, ...dates: string[]][] = [
    ['2021-05-17', '2021-05-17'],
    ['2021-05-17T10:00:00+02:00', '2021-05-17T10:00:00+02:00'],
    ['2021-05-17T10:00:00-0500', '2021-05-17T10:00:00-05:00'],
    ['2021-05-17 10:00:00.123Z', '2021-05-17T10:00:00Z'],
    ['Mon, 17 May 2021 10:00:00 GMT', '2021-05-17T10:00:00Z'],
    ['Published on May 17th, 2021 at 3:04 PM', '2021-05-17T15:04:00'],
    ['12:30, 17 May 2021', '2021-05-17'],
    ['Dec. 5, 2019', '2019-12-05'],
    ['17-May-2021', '2021-05-17'],
    ['17. Mai 2021, 15.30 Uhr', '2021-05-17T15:30:00'],
    ['1. Jänner 2020', '2020-01-01'],
    ['17 mai 2021 à 10h30', '2021-05-17T10:30:00'],
    ['le 1er août 2020', '2020-08-01'],
    ['3 de julio de 2019', '2019-07-03'],
    ['5 gennaio 2019', '2019-01-05'],
    ['31 de dezembro de 2022', '2022-12-31'],
    ['3 maart 2021', '2021-03-03'],
    ['24 października 2018', '2018-10-24'],
    ['5 мая 2020 г.', '2020-05-05'],
    ['5 травня 2020', '2020-05-05'],
    ['7. července 2021', '2021-07-07'],
    ['5 Ağustos 2019', '2019-08-05'],
    ['9 augusti 2020', '2020-08-09'],
    ['3. joulukuuta 2019', '2019-12-03'],
    ['2019. október 12.', '2019-10-12'],
    ['2021年5月17日 10:20', '2021-05-17T10:20:00'],
    ['12.03.2020', '2020-03-12'],
    ['12. 3. 2020', '2020-03-12'],
    ['08.11.19', '2019-11-08'],
    ['25/12/2019', '2019-12-25'],
    ['May 1, 2020 to May 5, 2020', '2020-05-01', '2020-05-05'],
  ]
  for (const [text, ...dates] of texts)
    test(`are found, whoever writes them: ${text}`, () =>
      assert.deepEqual(
        findDates(text, european).map(({ iso }) => iso),
        dates,
      ))

  const none = [
    'no date at all',
    'Copyright 2021',
    'June 2020',
    '2024-02-30',
    '31.04.2020',
    '13.13.2013',
    '12 May 1989',
    '2026-01-17',
    'version 1.2.3.2020',
    '192.168.20.20',
    'may 5',
    '+49 30 12 05 20 18',
    '',
  ]
  for (const text of none)
    test(`are not made up: ${text}`, () => assert.deepEqual(findDates(text, american), []))

  test('have the month first only where that is the custom', () => {
    assert.equal(findDates('3/4/2021', american)[0]?.iso, '2021-03-04')
    assert.equal(findDates('3/4/2021', european)[0]?.iso, '2021-04-03')
    assert.equal(findDates('3.4.2021', american)[0]?.iso, '2021-04-03')
  })

  test('say where they stand', () => {
    const [date] = findDates('Posted 17 May 2021 by me', european)
    assert.deepEqual([date?.at, date?.end], [7, 18])
  })
})

describe('a date made for machines', () => {
  const values: [value: string, date: string | undefined][] = [
    ['1621245600', '2021-05-17T10:00:00Z'],
    ['1621245600000', '2021-05-17T10:00:00Z'],
    ['20210517', '2021-05-17'],
    ['20210517T101112', '2021-05-17T10:11:12'],
    ['Thu May 06 2021 10:20:30', '2021-05-06T10:20:30'],
    ['1999999999', undefined],
    ['20219917', undefined],
    ['yesterday', undefined],
  ]
  for (const [value, date] of values)
    test(`is read: ${value}`, () => assert.equal(readDate(value, american)?.iso, date))
})
