import { metadata, type TopicMetadata } from '../kafka/wire/metadata.ts'
import { kafkaRefusal } from '../kafka/refusal.ts'
import { failureAt } from './connection.ts'
import type { Learned, Patient } from './patient.ts'
import { broken, noBroker, ok, skipped, warning, type Outcome, type Remedy, type Step } from './step.ts'
import { count, pasteable } from './words.ts'

const topicAuthorizationFailed = 29
const unknownTopic = 3

/** Codes of `AclOperation`. */
const operations = { read: 3, write: 4, describe: 8 } as const
type Operation = keyof typeof operations

const asked = 'asked: Metadata with the operations that ACLs allow (KIP-430); nothing was read, written or made'

/** What the principal may do with the topic, as brokers tell it without anything being done. */
export const topic: Step = {
  id: 'topic',
  title: 'topic',
  doing: 'asking about the topic',
  exitCode: 20,
  async run(patient, learned) {
    const { topic: name } = patient
    const { session } = learned
    if (name === undefined) return skipped('no --topic')
    if (!session) return noBroker
    try {
      const { topics } = await session.call(metadata, { topics: [name], asksOperations: true }, patient.signal)
      const [found] = topics
      return found ? outcomeOf(found, name, patient, learned) : broken(`the broker says nothing of the topic ${name}`)
    } catch (thrown) {
      if (patient.signal.aborted) throw thrown
      return failureAt(thrown)
    }
  },
}

function outcomeOf(found: TopicMetadata, name: string, patient: Patient, learned: Learned): Outcome {
  const details = [asked]
  const { errorCode, partitions } = found
  if (errorCode === topicAuthorizationFailed) {
    const needed = neededIn(patient)
    return broken(
      `${learned.principal ?? 'the principal'} may not see the topic ${name}, so neither read nor write it`,
      {
        code: 'ERR_KAFKA_REFUSED',
        details,
        remedies: needed.map((operation) => allow(operation, name, learned)),
        toldByBroker: 'acl',
      },
    )
  }
  if (errorCode === unknownTopic) {
    return broken(`there is no topic ${name}`, {
      details,
      remedies: [
        {
          say: 'Correct the name, or make it.',
          paste: `kafka-topics.sh --bootstrap-server <server> --create --topic ${pasteable(name, '<topic>')}`,
        },
      ],
    })
  }
  const { session } = learned
  if (errorCode !== 0) return failureAt(kafkaRefusal(errorCode, { api: 'Metadata', broker: session?.address ?? '' }))
  const about = `${name}, ${count(partitions.length, 'partition')}`
  const leaderless = partitions.filter(({ leaderId }) => leaderId < 0).map(({ index }) => index)
  const doubts = leaderless.length > 0 ? [`no leader for ${leaderless.slice(0, 10).join(', ')}`] : []
  if (found.operations === undefined) {
    return warning(`${about}: visible; this broker does not tell what may be done with it`, {
      details: [...doubts, asked],
    })
  }
  return judged(about, found.operations, doubts, { name, patient, learned })
}

function judged(
  about: string,
  bits: number,
  doubts: readonly string[],
  { name, patient, learned }: { readonly name: string; readonly patient: Patient; readonly learned: Learned },
): Outcome {
  const may = (['read', 'write'] as const).filter((operation) => ((bits >> operations[operation]) & 1) === 1)
  const missing = (['read', 'write'] as const).filter((operation) => !may.includes(operation))
  const lacking =
    patient.operation === undefined
      ? may.length > 0
        ? []
        : missing
      : missing.filter((each) => neededIn(patient).includes(each))
  const found = `${about}: may ${['describe', ...may].join(', ')}${missing.length > 0 ? `, and not ${missing.join(', ')}` : ''}`
  const remedies = missing.map((operation) => allow(operation, name, learned))
  const details = [...doubts, asked]
  if (lacking.length > 0) return broken(found, { details, remedies, code: 'ERR_KAFKA_REFUSED', toldByBroker: 'acl' })
  const isDoubtful = doubts.length > 0 || (missing.length > 0 && patient.operation === undefined)
  return isDoubtful ? warning(found, { details, remedies }) : ok(found, { details })
}

function neededIn({ operation }: Patient): readonly Operation[] {
  return operation === undefined || operation === 'both' ? ['read', 'write'] : [operation]
}

/** Describe comes with Read and with Write. */
function allow(operation: Operation, name: string, { principal }: Learned): Remedy {
  const who = principal ?? 'User:<principal>'
  const word = operation === 'read' ? 'Read' : 'Write'
  const acl = `kafka-acls.sh --bootstrap-server <server> --command-config <admin.properties> --add --allow-principal '${who.replaceAll("'", "'\\''")}' --operation ${word} --topic ${pasteable(name, '<topic>')}`
  const consumers =
    operation === 'read' ? ' Consumers need Read for their group, too: --group <group> in place of --topic.' : ''
  return {
    say: `${operation === 'read' ? 'For a consumer' : 'For a producer'}, allow ${word}.${consumers}`,
    paste: acl,
  }
}
