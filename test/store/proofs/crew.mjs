/**
 * Worker processes that take jobs one by one, a line of JSON each, and answer each with one.
 *
 * A worker that dies, or does not answer in time, has its job answered for it; another takes its place. Jobs are
 * handed out in order, so that what a worker gets grows from job to job.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const TIMEOUT_MS = 60_000
/** A thread that hangs can keep its process from ending. */
const STOP_MS = 5000
/** What a process forgets to free must not end a long run. */
const JOBS_PER_WORKER = 2000

/**
 * Resolves when every job has been answered.
 *
 * @param crew { script: path of the worker; args; jobs: iterable; parallel; onAnswer: takes job and answer }
 */
export async function runCrew({ script, args = [], jobs, parallel = 1, onAnswer }) {
  const line = jobs[Symbol.iterator]()
  const lane = async () => {
    let worker
    let done = 0
    for (let { value: job, done: isEnd } = line.next(); !isEnd; ) {
      worker ??= startWorker(script, args)
      const answer = await worker.ask(job)
      onAnswer(job, answer)
      done++
      if (answer.isDead || answer.result === 'hangs' || done % JOBS_PER_WORKER === 0) {
        await worker.stop()
        worker = undefined
      }
      ;({ value: job, done: isEnd } = line.next())
    }
    await worker?.stop()
  }
  await Promise.all(Array.from({ length: parallel }, lane))
}

/** In the worker: answers every job by `work`, one after the other, until there are no more. */
export async function answerJobs(work) {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await work(JSON.parse(line))
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  // What hung must not keep the process.
  process.exit()
}

function startWorker(script, args) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-2000)
  })
  child.stdin.on('error', () => undefined)
  const gone = new Promise((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`)
      let timer
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, TIMEOUT_MS, 'late')
      })
      const next = await Promise.race([answers.next(), late])
      clearTimeout(timer)
      if (next === 'late') {
        child.kill('SIGKILL')
        return { isDead: true, result: 'hangs', findings: ['the process did not answer'] }
      }
      if (!next.done) return JSON.parse(next.value)
      const { code, signal } = await gone
      return {
        isDead: true,
        result: 'crashes',
        findings: [`the process ended with ${signal ?? code}: ${said}`],
      }
    },
    async stop() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await gone
      clearTimeout(timer)
    },
  }
}
