import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, inject, it, type TestContext } from 'vitest'
import { writeContainer } from './beam-container.ts'
import { installBeam, type BeamTools } from './beam-toolchain.ts'
import {
  exampleCopy,
  expectCopied,
  seed,
  sidecarVariables,
  startBeamBroker,
  startExpansionService,
} from './beam-world.ts'
import { freePorts, startChild, type Child } from './child-process.ts'
import { repository, sectionOf } from './readme.ts'
import { verifiedBy } from './verified-clients.ts'

const verified = verifiedBy('recipe-beam')
let beam: BeamTools

beforeAll(async () => {
  beam = await installBeam()
}, 600_000)

const environment = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', GCE_METADATA_HOST: '127.0.0.1:65534' }

/** A broker with the two topics, and a command of the page with their names and its address. */
async function world(name: string, { onTestFinished }: TestContext) {
  const [source, target] = [name, `${name}-copy`]
  const broker = await startBeamBroker(inject('e2e'), name)
  onTestFinished(() => broker.stop())
  await seed(broker, [source, target])
  const command = (heading: string, holding: string) =>
    sectionOf('docs/beam.md', heading)
      .block('sh', holding)
      .replace('broker:9092', broker.bootstrap['PIPELINE'] ?? '')
      .replace('=orders ', `=${source} `)
      .replace('=orders-copy', `=${target}`)
  const copied = (job: Child) => endingEarly(job, expectCopied(broker, source, target))
  return { command, copied }
}

describe('KafkaIO of Beam, by the settings that config prints', () => {
  it('reads and writes on the direct runner, by the commands of the page', async (test) => {
    const e2e = inject('e2e')
    const [port = 0] = await freePorts(1)
    const { command, copied } = await world('beam-direct', test)
    const script = command('Java on the direct runner', 'CopyTopic')
      .replace('cd examples/beam/java\n', '')
      .replace('npx kafka-token-sidecar', `exec ${process.execPath} ${e2e.tools.cli}`)
    await using job = startChild({
      command: 'sh',
      args: ['-ec', script],
      env: { ...environment, ...sidecarVariables(e2e, port) },
      cwd: exampleCopy(e2e, 'beam/java', 'CopyTopic.java', port),
      log: join(e2e.folder, 'beam-direct'),
    })
    await copied(job)
    job.kill('SIGTERM')
    expect(await job.exited(30_000)).toBe(128 + 15)
  }, 400_000)

  it('reads and writes for a pipeline in Python, where boot runs under the entry point for Dataflow', async (test) => {
    const e2e = inject('e2e')
    const [port = 0, jobPort = 0] = await freePorts(2)
    const { command, copied } = await world('beam-python', test)
    const container = writeContainer({
      dockerfile: 'examples/dataflow/Dockerfile',
      folders: { '/opt/apache/beam': beam.home, '/opt/kafka-token-sidecar': relocatable() },
      env: sidecarVariables(e2e, port),
      file: join(e2e.folder, 'beam-container.sh'),
    })
    // The page says DOCKER, which there is none of here.
    await using service = await startExpansionService(beam, join(e2e.folder, 'beam-expansion'), [
      '--defaultEnvironmentType=PROCESS',
      `--defaultEnvironmentConfig=${JSON.stringify({ command: container })}`,
    ])
    await using prism = startChild({
      command: beam.prism,
      args: [`--job_port=${jobPort}`, '--serve_http=false'],
      log: join(e2e.folder, 'beam-prism'),
      env: environment,
    })
    const runner = `--runner=PortableRunner --job_endpoint=localhost:${jobPort} --environment_type=LOOPBACK`
    const script = command('Python on Prism', '--runner=PrismRunner')
      .replace('venv/bin/python', `exec ${beam.python}`)
      .replace('--runner=PrismRunner', runner)
      .replace('localhost:8097', service.address)
    await using job = startChild({
      command: 'sh',
      args: ['-ec', script],
      cwd: exampleCopy(e2e, 'beam/python', 'copy_topic.py', port),
      log: join(e2e.folder, 'beam-python'),
      env: environment,
    })
    await copied(job)
    await prism.shows(/"msg":"first token obtained"/, 1_000)
    await prism.shows(
      new RegExp(`Picked up JAVA_TOOL_OPTIONS: \\S*allowed\\.urls=http://localhost:${port}/token`),
      1_000,
    )
    // The settings of the examples are those that it prints: test/client-config/beam-examples.test.ts.
    verified.ran('beam', ['KafkaIO of Beam 2.73.0 (kafka-clients 3.9.2), in Java and in Python'])
  }, 400_000)
})

describe('a job for Dataflow, in Python', () => {
  it('has the image for Java, and none for Python, by the command of the page', async () => {
    await using service = await startExpansionService(beam, join(inject('e2e').folder, 'beam-dataflow'), [])
    const program = join(repository, 'test/e2e/python/dataflow_job.py')
    const script = sectionOf('docs/dataflow.md', 'Pipelines in Python')
      .block('sh', 'copy_topic.py')
      .replace('cd examples/beam/python\n', '')
      .replace('python copy_topic.py', `${beam.python} ${program} copy_topic.py --expansion_service=${service.address}`)
    const options = { cwd: join(repository, 'examples/beam/python'), env: environment, encoding: 'utf8' } as const
    const job: unknown = JSON.parse(execFileSync('sh', ['-ec', script], options))
    expect(job).toEqual({
      images: [
        'europe-west1-docker.pkg.dev/my-project/images/beam-kafka:2.73.0',
        expect.stringMatching(/^gcr\.io\/cloud-dataflow\/v1beta3\/beam_python3\.\d+_sdk:2\.73\.0$/),
      ],
      account: 'pipeline@my-project.iam.gserviceaccount.com',
      subnetwork: 'regions/europe-west1/subnetworks/kafka',
      public: false,
      hasEndpoint: true,
    })
  })
})

/** Does not wait for what a job that has ended would have done. */
async function endingEarly(job: Child, work: Promise<void>) {
  const ended = job.exited(600_000).then((code) => {
    throw new Error(`the job ended with ${code}:\n${job.output().slice(-6000)}`)
  })
  ended.catch(() => undefined)
  work.catch(() => undefined)
  try {
    await Promise.race([work, ended])
  } catch (error) {
    // In order, as `exec` would leave its command behind if it were killed.
    job.kill('SIGTERM')
    await job.exited(30_000)
    throw error
  }
}

function relocatable(): string {
  const { tools, folder } = inject('e2e')
  const out = join(folder, 'beam-relocatable')
  const script = join(repository, 'scripts/relocatable.ts')
  execFileSync(process.execPath, [script, '--dist', dirname(dirname(tools.cli)), '--out', out])
  return join(out, globSync('*', { cwd: out })[0] ?? '')
}
