/**
 * Under which key log files lie: a compacted file holds what lies under one, and lies under it itself.
 *
 * Several trails may deliver into one place, and a trail may have had another key: who may read what is compacted is who
 * might read it before.
 *
 * @module
 */
import { type Folder, sourceFolder } from './names.js'

/** The ARN of a KMS key; undefined for what lies under none. */
export type Seal = string | undefined

/** Names, in their order, by what they lie under. @throws SealtrailError as HeadObject does */
export async function bySeal(
  folder: Folder,
  names: readonly string[],
): Promise<ReadonlyMap<Seal, readonly string[]>> {
  const found = new Map<Seal, string[]>()
  for (const name of names) {
    const seal = await sealOf(folder, name)
    const others = found.get(seal)
    if (others === undefined) found.set(seal, [name])
    else others.push(name)
  }
  return found
}

async function sealOf(folder: Folder, name: string): Promise<Seal> {
  const { s3, bucket } = folder.place
  const { SSEKMSKeyId } = (await s3.headObject({
    ...{ Bucket: bucket, Key: `${sourceFolder(folder)}${name}` },
  })) as { readonly SSEKMSKeyId?: string }
  return SSEKMSKeyId
}
