/**
 * Where a server's main thread spends its time, by the rooms of the house: a CPU profile, summed up.
 *
 * What no room does itself, a function of Node's or of the engine's, counts for the room that called it.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }>
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** First come, first served. */
const STAGES: ReadonlyArray<readonly [RegExp, string]> = [
  [/dist\/(sigv4|http\/authenticate|http\/native-signer)/, 'SigV4'],
  [/dist\/(kms|s3\/encryption|root|audit)\//, 'KMS'],
  [/dist\/(message|engine)\/|dist\/s3\/contents\/(seal|sealed-blob)/, 'seal'],
  [/dist\/store\//, 'store'],
  [/dist\/s3\/checksums/, 'checksums'],
  [/dist\/(http|listen)/, 'HTTP'],
  [/dist\/(s3|service|policy|aws|iam)\//, 'S3, policies'],
]
const ALONE: Readonly<Record<string, string>> = {
  '(idle)': '',
  '(program)': 'Node itself',
  '(garbage collector)': 'garbage collector',
}

/** Share of the time that it was busy, by stage, from the largest on; of the newest profile in `folder`. */
export function timeSplit(folder: string): ReadonlyArray<readonly [string, number]> {
  const [file] = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile') && name.includes('.0.0'))
    .concat(readdirSync(folder).filter((name) => name.endsWith('.cpuprofile')))
  if (file === undefined) return []
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile
  const stageOf = stages(profile)
  const times = new Map<string, number>()
  let all = 0
  for (const [i, id] of profile.samples.entries()) {
    const stage = stageOf.get(id) ?? ''
    if (stage === '') continue
    const time = profile.timeDeltas[i] ?? 0
    all += time
    times.set(stage, (times.get(stage) ?? 0) + time)
  }
  return [...times]
    .map(([stage, time]) => [stage, time / all] as const)
    .sort(([, left], [, right]) => right - left)
}

function stages({ nodes }: Profile): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const stageOf = new Map<number, string>()
  const visit = (id: number, inherited: string) => {
    const { callFrame, children = [] } = byId.get(id)!
    const found = STAGES.find(([pattern]) => pattern.test(callFrame.url))?.[1]
    const stage = ALONE[callFrame.functionName] ?? found ?? inherited
    stageOf.set(id, stage)
    for (const child of children) visit(child, stage)
  }
  visit(nodes[0]!.id, 'Node itself')
  return stageOf
}
