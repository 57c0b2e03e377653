import { describe, expect, it } from 'vitest'
import { Cursor } from '../../src/bytes/cursor.js'
import { fc, test } from '../support/property.js'

const overrun = () => new Error('too short')

describe('a cursor', () => {
  it('reads big-endian numbers and bytes in order', () => {
    const source = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 1, 0, 0, 0, 2, 8, 9)
    const cursor = new Cursor(source, overrun)
    expect(cursor.u8()).toBe(0x01)
    expect(cursor.u16()).toBe(0x0203)
    expect(cursor.u32()).toBe(0x04050607)
    expect(cursor.u64()).toBe(0x1_0000_0002)
    expect([...cursor.bytes(1)]).toEqual([8])
    expect([cursor.offset, cursor.left]).toEqual([16, 1])
  })

  it('reads u32 and u16 without a sign', () => {
    const cursor = new Cursor(new Uint8Array(6).fill(0xff), overrun)
    expect([cursor.u32(), cursor.u16()]).toEqual([0xffffffff, 0xffff])
  })

  it('gives views into its source, and no copies', () => {
    const source = new Uint8Array(4)
    const view = new Cursor(source, overrun).bytes(4)
    source[2] = 7
    expect(view[2]).toBe(7)
  })

  it('stands where its view begins, not where the memory does', () => {
    const memory = Uint8Array.of(9, 9, 0, 1, 9)
    expect(new Cursor(memory.subarray(2, 4), overrun).u16()).toBe(1)
  })

  it.each([
    ['u8', 0],
    ['u16', 1],
    ['u32', 3],
    ['u64', 7],
  ] as const)('refuses %s of %i bytes and stays where it was', (read, size) => {
    const cursor = new Cursor(new Uint8Array(size), overrun)
    expect(() => cursor[read]()).toThrow('too short')
    expect(cursor.offset).toBe(0)
  })

  test.prop([fc.nat(20), fc.nat(40)])('never runs past its end', (size, wanted) => {
    const cursor = new Cursor(new Uint8Array(40).subarray(0, size), overrun)
    if (wanted <= size) expect(cursor.bytes(wanted).length).toBe(wanted)
    else expect(() => cursor.bytes(wanted)).toThrow('too short')
  })
})
