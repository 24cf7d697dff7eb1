import { choice, duration, integer, list, path, text, ValueFault } from '../kind.ts';
import { setting } from '../setting.ts';

/** Where the service listens, and how it treats connections. */
export const serverSettings = {
  host: setting({
    name: 'host',
    kind: text('address or host name'),
    default: '127.0.0.1',
    effect: 'Address to listen on. On any but a loopback address the service starts only with API keys.',
  }),
  port: setting({
    name: 'port',
    kind: integer({ min: 0, max: 65_535 }),
    default: 7420,
    aliases: ['PORT'],
    effect: 'Port for gRPC, gRPC-Web, Connect and JSON alike; 0 = any free one.',
  }),
  workers: setting({
    name: 'workers',
    kind: integer({ min: 1, max: 256 }),
    default: 1,
    effect:
      'Processes that serve the port together, one for each core you give it; more than 1 needs MongoDB. One that dies is started again.',
  }),
  tlsCertificatePath: setting({
    name: 'tls-cert',
    kind: path(),
    default: null,
    effect: 'PEM file with the certificate chain. With it the port speaks TLS only; needs tls-key.',
  }),
  tlsKeyPath: setting({
    name: 'tls-key',
    kind: path(),
    default: null,
    effect: 'PEM file with the private key of tls-cert.',
  }),
  corsOrigins: setting({
    name: 'cors-origins',
    kind: list('origins such as https://app.example.com, or *, separated by commas', checkOrigin),
    default: [],
    effect: 'Web pages of these origins may call the service. None by default.',
  }),
  lane: setting({
    name: 'lane',
    kind: choice(['on', 'off']),
    default: 'on',
    effect:
      'Whether the usual calls, unary or answered by a stream, are answered straight from the connection; off = the transport library answers all, at a fraction of the speed. The answers are the same.',
  }),
  requestTimeoutMs: setting({
    name: 'request-timeout',
    kind: duration({ min: 100, max: 600_000 }),
    default: 10_000,
    effect: 'Deadline of a unary call that brings none.',
  }),
  requestTimeoutMaxMs: setting({
    name: 'request-timeout-max',
    kind: duration({ min: 100, max: 3_600_000 }),
    default: 60_000,
    effect: 'Longest deadline of a unary call; what asks for more gets this.',
  }),
  callsInFlightMax: setting({
    name: 'calls-in-flight',
    kind: integer({ min: 1, max: 1_000_000 }),
    default: 1024,
    effect:
      'Unary calls that are worked on at a time; above it callers are told OVERLOADED, before their request is read, and connections to have fewer calls open.',
  }),
  streamAgeMaxMs: setting({
    name: 'stream-age',
    kind: duration({ min: 1000, max: 86_400_000 }),
    default: 30 * 60_000,
    effect: 'Age, give or take 10 %, at which a stream is ended so that its client opens it again elsewhere.',
  }),
  keepAliveMs: setting({
    name: 'keep-alive',
    kind: duration({ min: 1000, max: 3_600_000 }),
    default: 30_000,
    effect: 'Pause between two HTTP/2 pings; a peer that leaves one unanswered for 10s is cut off.',
  }),
  probePeriodMs: setting({
    name: 'probe-period',
    kind: duration({ min: 0, max: 60_000 }),
    default: 0,
    effect:
      'On SIGTERM, how long the service says NOT_SERVING before it turns calls away: the period of your balancer.',
  }),
  drainPeriodMs: setting({
    name: 'drain-period',
    kind: duration({ min: 0, max: 600_000 }),
    default: 10_000,
    effect: 'On SIGTERM, how long calls in flight may take before their connections are cut.',
  }),
};

function checkOrigin(entry: string): void {
  if (entry === '*') return;
  const isOrigin = URL.canParse(entry) && new URL(entry).origin === entry;
  if (!isOrigin)
    throw new ValueFault('holds no origin at one place: write scheme and host alone, https://app.example.com');
}
