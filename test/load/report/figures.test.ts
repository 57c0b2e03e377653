/** Figures as people read them: in a unit that fits, with three digits that count. */
import { describe, expect, it } from 'vitest'
import {
  bytesRateText,
  changeText,
  countText,
  durationText,
  rateText,
  shareText,
  timeText,
} from '../../../src/load/report/figures.js'

describe('a figure', () => {
  it.each([
    [timeText(0), '0 ns'],
    [timeText(999), '999 ns'],
    [timeText(999.7), '1 µs'],
    [timeText(1500), '1.5 µs'],
    [timeText(1_234_567), '1.23 ms'],
    [timeText(12_345_678), '12.3 ms'],
    [timeText(999_600_000), '1 s'],
    [timeText(3.6e12), '3600 s'],
    [bytesRateText(20_300_000), '20.3 MB/s'],
    [bytesRateText(0), '0 B/s'],
    [countText(99.5), '99.5'],
    [countText(1_234_567), '1,234,567'],
    [rateText(5000), '5,000/s'],
    [shareText(0.004), '0.4 %'],
    [changeText(0.0314), '+3.1 %'],
    [changeText(-0.25), '−25 %'],
    [changeText(0.0001), '±0.0 %'],
    [changeText(Number.POSITIVE_INFINITY), '+∞'],
    [durationText(90), '90 s'],
    [durationText(300), '5 min'],
    [durationText(3725), '1 h 2 min 5 s'],
    [timeText(Number.NaN), '– ns'],
  ])('is %s', (told, wanted) => {
    expect(told).toBe(wanted)
  })
})
