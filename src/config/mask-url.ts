/** Hides what of a URL is secret: the password before the host, and options whose names tell of one. */
export function maskUrl(url: string): string {
  return url
    .replace(
      /:\/\/(.*)@/s,
      (_, access: string) => `://${access.includes(':') ? access.replace(/:.*$/s, ':') : ''}****@`,
    )
    .replace(/([?&][^=&]*(?:password|secret|token|authMechanismProperties)[^=&]*=)[^&]*/gi, '$1****');
}
