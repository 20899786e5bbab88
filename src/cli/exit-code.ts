/** Exit codes of every command; `exitCodes` says them in words. */
export const exitCode = {
  ok: 0,
  /** A defect of ours. */
  defect: 1,
  configuration: 2,
  /** The port is in use or not ours to take. */
  port: 3,
  /** A file cannot be read or written. */
  file: 4,
  /** No token could be obtained, or brokers refuse or cannot be reached. */
  noToken: 5,
  /** Not ready: some broker does not take a delegation token yet, a sidecar gives no token within the time. */
  notReady: 6,
  /** What was looked at has errors, as `lint` and `explain` find them. */
  found: 7,
} as const

/** The one table of exit codes, for help and documentation. */
export const exitCodes: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'done, or stopped by a signal'],
  ['1', 'a defect of the sidecar'],
  ['2', 'configuration or command line'],
  ['3', 'the port is in use or not allowed'],
  ['4', 'a file cannot be read or written'],
  ['5', 'no token, or brokers refuse or cannot be reached'],
  [
    '6',
    'not ready: no token within the time, no sidecar that answers, or brokers that do not take a delegation token yet',
  ],
  ['7', 'lint found errors, explain found nothing that it knows'],
  ['10', 'doctor: no credentials'],
  ['11', 'doctor: the principal cannot be used'],
  ['12', 'doctor: no token, or one that Kafka clients refuse'],
  ['13', 'doctor: clocks differ'],
  ['14', 'doctor: the configuration of the client does not work'],
  ['15', 'doctor: the name of a broker has no address (DNS)'],
  ['16', 'doctor: no connection to a broker (TCP)'],
  ['17', 'doctor: TLS with a broker fails'],
  ['18', 'doctor: a broker refuses the login (SASL)'],
  ['19', 'doctor: the session with a broker does not last'],
  ['20', 'doctor: the principal may not use the topic'],
  ['126', 'exec: the command cannot be run'],
  ['127', 'exec: there is no such command'],
  ['...', 'exec: otherwise that of the command; 128 and the number of the signal that ended it'],
]
