/**
 * Looks at everything in a store after a kill, and compares it with what its clients were told.
 */
import { createHash } from 'node:crypto'
import { BUCKETS, openLines } from './told.mjs'

/**
 * Settles what is in doubt, tells it, and aborts what uploads were left.
 *
 * @param told of each client
 * @returns { findings: what is not as they were told; looked: versions that were read back, whole }
 */
export async function look({ s3, place, told }) {
  const findings = []
  const there = new Map()
  for (const bucket of Object.values(BUCKETS)) await readVersions(s3, bucket, there)
  for (const [client, mine] of told.entries()) {
    const lines = await openLines(place, client, mine)
    if (mine.doubt !== undefined) await lines.tell(await settled(s3, mine, there))
    if (mine.upload !== undefined) {
      findings.push(...(await uploadFindings(s3, mine.upload)))
      await lines.tell({ call: mine.calls, upload: null })
    }
    await lines.close()
  }
  const wanted = new Map(told.flatMap((mine) => mine.all()))
  let looked = 0
  for (const name of new Set([...wanted.keys(), ...there.keys()])) {
    const [should, is] = [wanted.get(name) ?? [], there.get(name) ?? NOTHING]
    const findingsOfName = orderFindings(name, should, is)
    findings.push(...findingsOfName)
    if (findingsOfName.length > 0) continue
    for (const version of should.filter(({ isMarker }) => !isMarker)) {
      looked++
      findings.push(...(await bytesFindings(s3, name, version)))
    }
  }
  for (const bucket of Object.values(BUCKETS)) {
    findings.push(...(await leftOvers(s3, bucket)), ...(await listFindings(s3, bucket, wanted)))
  }
  return { findings, looked }
}

const NOTHING = { versions: [], markers: [], latest: undefined }

async function readVersions(s3, Bucket, there) {
  for (let next = {}, more = true; more; ) {
    const page = await s3.listObjectVersions({ Bucket, MaxKeys: 300, ...next })
    const of = ({ Key }) => {
      const name = `${Bucket}/${Key}`
      if (!there.has(name)) there.set(name, { versions: [], markers: [], latest: undefined })
      return there.get(name)
    }
    for (const one of page.Versions ?? []) {
      of(one).versions.push(one.VersionId)
      if (one.IsLatest) of(one).latest = one.VersionId
    }
    for (const one of page.DeleteMarkers ?? []) {
      of(one).markers.push(one.VersionId)
      if (one.IsLatest) of(one).latest = one.VersionId
    }
    more = page.IsTruncated === true
    next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  }
}

/** The answer that the call in doubt would have had. */
async function settled(s3, told, there) {
  const { call, asks, bucket, key, sha256, removes } = told.doubt
  const answer = { call, isAnswer: true }
  const { versions, markers, latest } = there.get(`${bucket}/${key}`) ?? NOTHING
  const all = [...versions, ...markers]
  if (removes !== undefined) return { ...answer, isDone: !all.includes(removes) }
  if (bucket === BUCKETS.kept) {
    const before = new Set(told.versions({ bucket, key }).map(({ versionId }) => versionId))
    return { ...answer, isDone: latest !== undefined && !before.has(latest), versionId: latest }
  }
  if (asks === 'delete') return { ...answer, isDone: all.length === 0 }
  const isDone = latest !== undefined && (await read(s3, { bucket, key })).sha256 === sha256
  return { ...answer, isDone, versionId: 'null' }
}

/** Exactly the versions, in their order, and the newest is the latest. */
function orderFindings(name, should, { versions, markers, latest }) {
  const told = (isMarker) =>
    should.filter((one) => (one.isMarker ?? false) === isMarker).map(({ versionId }) => versionId)
  const findings = []
  for (const [what, is, wanted] of [
    ['versions', versions, told(false)],
    ['delete markers', markers, told(true)],
    [
      'latest',
      latest === undefined ? [] : [latest],
      should.slice(0, 1).map((one) => one.versionId),
    ],
  ]) {
    if (is.join() !== wanted.join()) {
      findings.push(`${name}: ${what} ${is.join()}, and should be ${wanted.join()}`)
    }
  }
  return findings
}

async function bytesFindings(s3, name, { versionId, size, sha256 }) {
  const [bucket, key] = [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)]
  try {
    const is = await read(s3, { bucket, key, versionId })
    return is.size === size && is.sha256 === sha256
      ? []
      : [`${name}, ${versionId}: ${is.size} bytes that are not its ${size}`]
  } catch (error) {
    if (isKilled(error)) throw error
    return [`${name}, ${versionId} cannot be read: ${error.code ?? error.name}: ${error.message}`]
  }
}

async function read(s3, { bucket, key, versionId }) {
  const VersionId = bucket === BUCKETS.kept ? versionId : undefined
  const { Body, ContentLength } = await s3.getObject({ Bucket: bucket, Key: key, VersionId })
  const digest = createHash('sha256')
  let size = 0
  for await (const piece of Body instanceof Uint8Array ? [Body] : Body) {
    digest.update(piece)
    size += piece.length
  }
  if (size !== ContentLength) throw new Error(`${size} bytes came, and ${ContentLength} were told`)
  return { size, sha256: digest.digest('hex') }
}

/** Its parts are there, and one more may be; then it is aborted. */
async function uploadFindings(s3, { bucket, key, uploadId, parts }) {
  const place = { Bucket: bucket, Key: key, UploadId: uploadId }
  try {
    const { Parts = [] } = await s3.listParts(place)
    const is = Parts.map(({ PartNumber, ETag, Size }) => `${PartNumber} ${ETag} ${Size}`)
    const should = parts.map(({ PartNumber, ETag, size }) => `${PartNumber} ${ETag} ${size}`)
    await s3.abortMultipartUpload(place)
    const isRight = is.slice(0, should.length).join() === should.join()
    return isRight && is.length <= should.length + 1
      ? []
      : [`the upload ${uploadId} has the parts ${is.join()}, and should have ${should.join()}`]
  } catch (error) {
    if (isKilled(error)) throw error
    return [`the upload ${uploadId} is gone: ${error.code ?? error.name}: ${error.message}`]
  }
}

/** Of the system or of a connection: nobody has answered. */
function isKilled(error) {
  return (
    error.syscall !== undefined ||
    /^(ECONN|EPIPE|ERR_)/.test(error.code ?? '') ||
    error.name === 'TimeoutError'
  )
}

/** Uploads that were begun when nobody was there to be told; more than one at a time there never was. */
async function leftOvers(s3, Bucket) {
  const { Uploads = [] } = await s3.listMultipartUploads({ Bucket })
  for (const { Key, UploadId } of Uploads) await s3.abortMultipartUpload({ Bucket, Key, UploadId })
  return Uploads.length > 1 ? [`${Uploads.length} uploads that nobody was told of`] : []
}

async function listFindings(s3, Bucket, wanted) {
  const is = []
  for (let token, more = true; more; more = token !== undefined) {
    const page = await s3.listObjectsV2({ Bucket, MaxKeys: 10, ContinuationToken: token })
    is.push(...(page.Contents ?? []).map(({ Key, Size }) => `${Key} ${Size}`))
    token = page.NextContinuationToken
  }
  const should = [...wanted]
    .filter(([name, [newest]]) => name.startsWith(`${Bucket}/`) && newest && !newest.isMarker)
    .map(([name, [{ size }]]) => `${name.slice(Bucket.length + 1)} ${size}`)
    .sort()
  return is.join() === should.join() ? [] : [`${Bucket} lists ${is}, and should ${should}`]
}
