/** Inputs and outputs of S3's operations in which everything is there that the model has. */
import type { Member, Shape, Structure } from '../../src/aws/model.js'

/** Characters that XML and URLs have opinions about. */
export const ODD_KEY = 'a b/../c//ü+%2F&<>"\'=?#.txt'

/** Texts that must look like something. */
const TEXTS: Readonly<Record<string, string>> = {
  Bucket: 'my-bucket',
  Key: ODD_KEY,
  CopySource: 'other-bucket/a%20b',
  Expires: 'Thu, 01 Dec 1994 16:00:00 GMT',
  ResponseExpires: 'Thu, 01 Dec 1994 16:00:00 GMT',
  KMSKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  LocationConstraint: 'eu-central-1',
  // One that the SDK can work out.
  ChecksumAlgorithm: 'CRC32',
  ContentRange: 'bytes 0-3/9',
  SSECustomerKey: 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=',
  Policy: '{"Version":"2012-10-17","Statement":[]}',
}

export function sampleOf({ members }: Structure, skip: readonly string[] = []) {
  const sample: Record<string, unknown> = {}
  for (const member of members) {
    if (member.shape.type === 'stream' || skip.includes(member.name)) continue
    sample[member.name] = sampleValue(member.name, member.shape, member.http)
  }
  return sample
}

function sampleValue(name: string, shape: Shape, http: Member['http'] = {}): unknown {
  switch (shape.type) {
    case 'string':
      // In a header of a request or of its answer, only what headers hold.
      return (
        TEXTS[name] ??
        shape.enum?.at(-1) ??
        (http.at === 'header' || name.startsWith('Response')
          ? `${name}-1`
          : `<${name}> & ü\r\n "1"`)
      )
    case 'integer':
      return shape.isLong ? 2 ** 40 + 7 : Math.max(shape.min ?? 0, 17)
    case 'boolean':
      return true
    case 'timestamp':
      return new Date('2026-02-03T04:05:06.000Z')
    case 'list':
      return shape.member.type === 'structure'
        ? [sampleValue(name, shape.member), sampleValue(name, shape.member)]
        : [sampleValue(name, shape.member)]
    case 'map':
      return { 'first-one': 'some text', second: 'x' }
    case 'structure':
      return sampleOf(shape)
    default:
      throw new Error(`no sample of ${shape.type}`)
  }
}
