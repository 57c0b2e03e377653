/**
 * What the addon answers by itself is what would be decided now: a change of who may counts for the very next call, and
 * what was allowed for a reason that another call need not have is decided each time.
 */
import * as iam from '@aws-sdk/client-iam'
import * as aws from '@aws-sdk/client-kms'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { Lane } from '../../src/http/front/lane.js'
import { allow, deny, textOf } from '../kms/bound.js'
import { GUEST, OWNER, TwoAccounts, type User } from '../kms/two-accounts.js'

const EncryptionContext = { App: 'logs' }
const ownerMay = allow('kms:*', { Principal: { AWS: OWNER } })
const closed = deny('kms:Decrypt', { Principal: '*' })
const OPENED = 'text'
const DENIED = 'AccessDeniedException'
const ROUNDS = 12
const LINES = 6
/** Of each round, at least. */
const CALLS = 5

if (loadAddon() === undefined) {
  process.stderr.write('not tested: who may be answered by the lane, for want of an addon\n')
} else {
  let house: TwoAccounts
  let root: aws.KMSClient
  let ann: User
  let key: string
  let blob: Uint8Array
  /** Requests that came to JavaScript. */
  let heard = 0

  beforeAll(async () => {
    house = await TwoAccounts.open('native')
    const listener = Lane.prototype.listener
    vi.spyOn(Lane.prototype, 'listener').mockImplementation(function (this: Lane) {
      heard++
      return listener.call(this)
    })
    root = house.root(OWNER)
    ann = await house.user(OWNER, 'ann')
  })

  beforeEach(async () => {
    key = (await root.send(new aws.CreateKeyCommand({}))).KeyMetadata!.Arn!
    const input = { KeyId: key, Plaintext: Buffer.from('text'), EncryptionContext }
    blob = (await root.send(new aws.EncryptCommand(input))).CiphertextBlob!
    await house.setPolicy(OWNER, 'ann', allow('kms:Decrypt'))
  })

  afterAll(async () => {
    vi.restoreAllMocks()
    await house.close()
  })

  const putPolicy = (...statements: object[]) =>
    root.send(new aws.PutKeyPolicyCommand({ KeyId: key, Policy: textOf(ownerMay, ...statements) }))

  async function decrypt(kms = ann.kms, KeyId: string | undefined = key): Promise<string> {
    const input = { KeyId, CiphertextBlob: blob, EncryptionContext }
    return await kms.send(new aws.DecryptCommand(input)).then(
      ({ Plaintext }) => Buffer.from(Plaintext!).toString(),
      (error: Error) => error.name,
    )
  }

  /** How many of `times` calls came to JavaScript, when one has been answered before. */
  async function heardOf(times: number, kms = ann.kms): Promise<number> {
    expect(await decrypt(kms)).toBe(OPENED)
    const before = heard
    for (let i = 0; i < times; i++) expect(await decrypt(kms)).toBe(OPENED)
    return heard - before
  }

  /** The lane is emptied every second: some calls may come to JavaScript in between. */
  const FEW = 10
  const MANY = 20

  describe('a call that is repeated', () => {
    const changes: Array<[what: string, change: () => Promise<unknown>, wanted: string]> = [
      ['the policy of its key', () => putPolicy(closed), DENIED],
      ['the policy of its user', () => house.setPolicy(OWNER, 'ann', allow('s3:*')), DENIED],
      [
        'the boundary of its user',
        async () => {
          const client = house.iam(OWNER)
          const { Policy } = await client.send(
            new iam.CreatePolicyCommand({ PolicyName: 'b', PolicyDocument: textOf(allow('s3:*')) }),
          )
          const PermissionsBoundary = Policy!.Arn!
          const bound = { UserName: 'ann', PermissionsBoundary }
          await client.send(new iam.PutUserPermissionsBoundaryCommand(bound))
        },
        DENIED,
      ],
      [
        'the state of its key',
        () => root.send(new aws.DisableKeyCommand({ KeyId: key })),
        'DisabledException',
      ],
    ]
    it.each(changes)('is decided anew once this has changed: %s', async (_, change, wanted) => {
      expect(await heardOf(MANY)).toBeLessThanOrEqual(FEW)
      await change()
      for (let i = 0; i < 3; i++) expect(await decrypt()).toBe(wanted)
      await house.iam(OWNER).send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName: 'ann' }))
    })

    it('is refused once its access key is inactive', async () => {
      const { keys, kms } = await house.user(OWNER, 'eve')
      await house.setPolicy(OWNER, 'eve', allow('kms:Decrypt'))
      expect(await heardOf(MANY, kms)).toBeLessThanOrEqual(FEW)
      const AccessKeyId = keys.accessKeyId
      await house
        .iam(OWNER)
        .send(new iam.UpdateAccessKeyCommand({ UserName: 'eve', AccessKeyId, Status: 'Inactive' }))
      expect(await decrypt(kms)).toBe('UnrecognizedClientException')
    })

    it('is refused once its grant is revoked', async () => {
      await house.setPolicy(OWNER, 'ann', allow('s3:*'))
      const { GrantId } = await root.send(
        new aws.CreateGrantCommand({
          ...{ KeyId: key, GranteePrincipal: ann.arn, Operations: ['Decrypt'] },
        }),
      )
      expect(await heardOf(MANY)).toBeLessThanOrEqual(FEW)
      await root.send(new aws.RevokeGrantCommand({ KeyId: key, GrantId }))
      for (let i = 0; i < 3; i++) expect(await decrypt()).toBe(DENIED)
    })
  })

  describe('a call that is not repeated', () => {
    const reasons: Array<[what: string, allowing: () => Promise<unknown>]> = [
      ...[
        { StringEquals: { 'kms:EncryptionContext:App': 'logs' } },
        { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1'] } },
        { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
        { StringLike: { 'aws:UserAgent': '*' } },
        { Bool: { 'aws:SecureTransport': false } },
      ].map((Condition): [string, () => Promise<unknown>] => [
        JSON.stringify(Condition),
        () => house.setPolicy(OWNER, 'ann', allow('kms:Decrypt', { Condition })),
      ]),
      [
        'a deny on another context',
        () => {
          const Condition = { StringEquals: { 'kms:EncryptionContext:App': 'secret' } }
          return putPolicy(deny('kms:Decrypt', { Principal: '*', Condition }))
        },
      ],
      [
        'a grant for a context',
        async () => {
          await house.setPolicy(OWNER, 'ann', allow('s3:*'))
          await root.send(
            new aws.CreateGrantCommand({
              ...{ KeyId: key, GranteePrincipal: ann.arn, Operations: ['Decrypt'] },
              Constraints: { EncryptionContextSubset: EncryptionContext },
            }),
          )
        },
      ],
    ]
    it.each(reasons)('is one that is allowed by %s', async (_, allowing) => {
      await allowing()
      expect(await heardOf(MANY)).toBe(MANY)
    })

    it('is one with another account’s key, which leaves two records', async () => {
      const guest = await house.user(GUEST, `guest-${key.slice(-6)}`)
      await house.setPolicy(GUEST, guest.name, allow('kms:Decrypt'))
      await putPolicy(allow('kms:Decrypt', { Principal: { AWS: GUEST } }))
      expect(await heardOf(MANY, guest.kms)).toBe(MANY)
    })
  })

  describe('calls that are under way while it changes who may', () => {
    /** Calls Decrypt in several lines until told to end; each call with when it was, and what came of it. */
    function decrypting() {
      let isOver = false
      let clock = 0
      const calls: Array<{ began: number; ended: number; answer: string }> = []
      const lines = Array.from({ length: LINES }, async () => {
        while (!isOver) {
          const began = ++clock
          const answer = await decrypt()
          calls.push({ began, ended: ++clock, answer })
        }
      })
      return {
        now: () => ++clock,
        calls,
        async end() {
          isOver = true
          await Promise.all(lines)
        },
      }
    }

    it.each<[string, () => Promise<unknown>, () => Promise<unknown>, string]>([
      ['its key policy', () => putPolicy(closed), () => putPolicy(), DENIED],
      [
        'its user’s policy',
        () => house.setPolicy(OWNER, 'ann', allow('s3:*')),
        () => house.setPolicy(OWNER, 'ann', allow('kms:Decrypt')),
        DENIED,
      ],
      [
        'its key’s state',
        () => root.send(new aws.DisableKeyCommand({ KeyId: key })),
        () => root.send(new aws.EnableKeyCommand({ KeyId: key })),
        'DisabledException',
      ],
    ])(
      'are decided by what was answered before they began: %s',
      async (_, close, open, refused) => {
        const { now, calls, end } = decrypting()
        /** Between two times, every call that began there must have had this answer. */
        const spans: Array<{ from: number; to: number; answer: string }> = []
        for (let round = 0; round < ROUNDS; round++) {
          for (const [change, answer] of [
            [close, refused],
            [open, OPENED],
          ] as const) {
            await change()
            const from = now()
            while (calls.filter(({ began }) => began > from).length < CALLS) {
              await new Promise((resolve) => setTimeout(resolve, 2))
            }
            spans.push({ from, to: now(), answer })
          }
        }
        await end()
        for (const { from, to, answer } of spans) {
          const within = calls.filter(({ began, ended }) => began > from && ended < to)
          expect(within.length).toBeGreaterThanOrEqual(CALLS)
          for (const call of within) expect(call.answer).toBe(answer)
        }
      },
    )
  })
}
