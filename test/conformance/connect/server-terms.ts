/** How the suite wants a server. */
export interface ServerTerms {
  version: 'http1' | 'http2';
  /** PEM texts; null = plain connections. */
  tls: { certificate: string; key: string } | null;
  /** Largest request message. */
  requestBytesMax: number;
}
